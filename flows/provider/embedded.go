// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var embeddedProfiles = []embeddedProfile{
	{"profiles/custom.toml", &profileCustom},
	{"profiles/truelayer-data.toml", &profileTruelayerData},
	{"profiles/truelayer.toml", &profileTruelayer},
	{"profiles/trulioo-legacy.toml", &profileTruliooLegacy},
	{"profiles/trulioo-napi.toml", &profileTruliooNapi},
	{"profiles/trulioo.toml", &profileTrulioo},
	{"profiles/truss.toml", &profileTruss},
	{"profiles/trustwill.toml", &profileTrustwill},
}
