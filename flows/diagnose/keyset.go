package diagnose

import (
	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

// keySet is a JWKS of the recording.
type keySet struct {
	from *message
	keys []*rawjson.Node
	body []byte
	// parsed is the same, ready to verify with.
	parsed *jose.KeySet
}

func readKeySet(m *message) *keySet {
	a := m.answer()
	if a.doc == nil || a.doc.Root == nil {
		return nil
	}
	n := a.doc.Root.Member("keys")
	if n == nil || n.Kind != rawjson.Array {
		return nil
	}
	ks := &keySet{from: m, body: m.x.Response.Body}
	for _, k := range n.Children {
		if k.Member("kty") != nil {
			ks.keys = append(ks.keys, k)
		}
	}
	if len(ks.keys) == 0 && len(n.Children) > 0 {
		return nil
	}
	return ks
}
