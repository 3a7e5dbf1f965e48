package jose

import (
	"fmt"
	"net/url"
	"strings"

	"oauthlens/flows/rawjson"
)

// header judges the members that ask the reader to do something: crit, jku, x5u, jwk.
// None of the last three is ever followed; the keys are those of the key set alone.
func (v *verifier) header() {
	before := len(v.verdicts)
	root := v.jwt.HeaderDoc.Root
	v.critical(root)
	for _, name := range []string{"jku", "x5u"} {
		if n := root.Member(name); n != nil {
			v.keyURL(name, n)
		}
	}
	if n := root.Member("jwk"); n != nil {
		v.embeddedKey(n)
	}
	if n := root.Member("x5c"); n != nil {
		v.embeddedCertificate(n)
	}
	if n := root.Member("b64"); n != nil && n.Text != "true" {
		v.add(Failed, CheckHeader, "b64", CodeHeader, "RFC 7797 section 7", "The header says that the payload is not in base64url (\"b64\"), which no JWT may.")
	}
	if len(v.verdicts) == before {
		v.add(Passed, CheckHeader, "", "", "RFC 8725 section 3.10", "The header asks for nothing unusual: no \"crit\", no key or key address of its own.")
	}
}

// critical refuses every critical extension: this program implements none (RFC 7515
// section 4.1.11).
func (v *verifier) critical(root *rawjson.Node) {
	n := root.Member("crit")
	if n == nil {
		return
	}
	fail := func(why string) { v.add(Failed, CheckHeader, "crit", CodeHeader, "RFC 7515 section 4.1.11", why) }
	if n.Kind != rawjson.Array || len(n.Children) == 0 {
		fail("The header member \"crit\" must be a list of names but is " + kindName(n.Kind) + emptyNote(n) + ".")
		return
	}
	var names []string
	for i, c := range n.Children {
		if i == 5 {
			names = append(names, fmt.Sprintf("%d more", len(n.Children)-i))
			break
		}
		names = append(names, shown(c.Text))
	}
	fail("The header marks " + strings.Join(names, ", ") + " as critical; a reader that does not implement every one of them must refuse the token.")
}

func emptyNote(n *rawjson.Node) string {
	if n.Kind == rawjson.Array {
		return " without any"
	}
	return ""
}

// keyURL judges an address of keys in the header by whose host it is.
func (v *verifier) keyURL(name string, n *rawjson.Node) {
	spec := "RFC 8725 section 3.10"
	issuer := v.expect.Issuer
	if issuer == "" {
		issuer = v.claims.Issuer
	}
	u, err := url.Parse(n.Text)
	fail := func(why string) {
		v.add(Failed, CheckHeader, name, CodeHeader, spec, why+" It was not fetched.")
	}
	switch {
	case n.Kind != rawjson.String || err != nil || u.Scheme == "" || u.Scheme == "https" && u.Host == "":
		fail(fmt.Sprintf("The header member %q is not an absolute URL.", name))
	case u.Scheme != "https":
		fail(fmt.Sprintf("The header member %q names keys at %s, which is not https.", name, shown(n.Text)))
	case hostName(issuer) == "":
		fail(fmt.Sprintf("The header member %q names keys at the host %s, and nothing says that they are the issuer's.", name, shown(u.Host)))
	case !related(u.Hostname(), hostName(issuer)):
		fail(fmt.Sprintf("The header member %q names keys at the host %s, but the issuer's host is %s.", name, shown(u.Host), shown(hostName(issuer))))
	default:
		v.add(Passed, CheckHeader, name, "", spec, fmt.Sprintf("The header member %q names keys at the issuer's own host %s; it was not fetched, the known key set counts.", name, shown(u.Host)))
	}
}

// hostName is the host of an issuer, which some write without a scheme.
func hostName(issuer string) string {
	if issuer == "" {
		return ""
	}
	if !strings.Contains(issuer, "://") {
		issuer = "https://" + issuer
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// related: the same host, or one below the other.
func related(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

// embeddedKey judges a key inside the header: harmless if it is one of the known set,
// proper in a DPoP proof, else an invitation to trust the sender.
func (v *verifier) embeddedKey(n *rawjson.Node) {
	const spec = "RFC 8725 section 3.10"
	key, _ := readKey(0, n)
	switch {
	case n.Kind != rawjson.Object:
		v.add(Failed, CheckHeader, "jwk", CodeHeader, "RFC 7515 section 4.1.3", "The header member \"jwk\" must be a key but is "+kindName(n.Kind)+".")
		return
	case key.Private && key.Type == "oct":
		v.add(Failed, CheckHeader, "jwk", CodeHeader, spec, "The header contains a symmetric key, with which whoever reads the token can make others.")
		return
	case key.Private:
		v.add(Failed, CheckHeader, "jwk", CodeHeader, spec, "The header contains a private key.")
		return
	}
	if strings.EqualFold(strings.TrimPrefix(v.jwt.Typ, "application/"), "dpop+jwt") {
		v.add(Passed, CheckHeader, "jwk", "", "RFC 9449 section 4.2", "A DPoP proof carries its own key.")
		return
	}
	for _, known := range v.keys.Keys {
		if samePublic(key, known) {
			v.add(Passed, CheckHeader, "jwk", "", spec, "The header repeats a key of the issuer's key set; it was not used, the key set counts.")
			return
		}
	}
	v.add(Failed, CheckHeader, "jwk", CodeHeader, spec, "The header brings its own key, which is not in the issuer's key set: whoever made the token chose it. It was not used.")
}

// embeddedCertificate judges a certificate inside the header in the same way (RFC 7515
// section 4.1.6): its chain is not looked at, since the key set counts.
func (v *verifier) embeddedCertificate(n *rawjson.Node) {
	const spec = "RFC 7515 section 4.1.6"
	cert := firstCertificate(n)
	if cert == nil {
		v.add(Skipped, CheckHeader, "x5c", "", spec, "The header brings a certificate (x5c) that cannot be read; it was not used, the key set counts.")
		return
	}
	for _, known := range v.keys.Keys {
		if samePublic(Key{Public: cert.PublicKey}, known) {
			v.add(Passed, CheckHeader, "x5c", "", spec, "The header brings the certificate of a key of the issuer's key set; it was not used, the key set counts.")
			return
		}
	}
	if !v.keys.Known {
		v.add(Skipped, CheckHeader, "x5c", "", spec, "The header brings its own certificate (x5c); it was not used, and the issuer's key set is "+v.keysMissing()+".")
		return
	}
	v.add(Failed, CheckHeader, "x5c", CodeHeader, spec, "The header brings its own certificate (x5c), whose key is not in the issuer's key set: whoever made the token chose it. It was not used.")
}
