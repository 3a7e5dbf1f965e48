package diagnose

import (
	"strings"

	"oauthlens/flows/rawjson"
)

// metadata is a discovery document (OIDC Discovery section 3, RFC 8414 section 2).
type metadata struct {
	from   *message
	issuer string
	node   *rawjson.Node
	root   *rawjson.Node
}

func readMetadata(m *message) *metadata {
	a := m.answer()
	if a.doc == nil || a.doc.Root == nil || a.doc.Root.Kind != rawjson.Object {
		return nil
	}
	root := a.doc.Root
	if root.Member("token_endpoint") == nil && root.Member("authorization_endpoint") == nil {
		return nil
	}
	meta := &metadata{from: m, root: root, node: root.Member("issuer")}
	if meta.node != nil {
		meta.issuer = meta.node.Text
	}
	return meta
}

func (d *metadata) text(name string) string {
	if n := d.root.Member(name); n != nil {
		return n.Text
	}
	return ""
}

func (d *metadata) list(name string) ([]string, bool) {
	n := d.root.Member(name)
	if n == nil || n.Kind != rawjson.Array {
		return nil, false
	}
	var out []string
	for _, e := range n.Children {
		out = append(out, e.Text)
	}
	return out, true
}

func (d *metadata) register(to map[string]role) {
	for name, r := range map[string]role{"token_endpoint": roleToken, "jwks_uri": roleJWKS, "userinfo_endpoint": roleUserInfo, "revocation_endpoint": roleRevoke,
		"introspection_endpoint": roleIntrospect, "pushed_authorization_request_endpoint": rolePAR, "device_authorization_endpoint": roleDevice,
		"authorization_endpoint": roleAuthorize} {
		if u := d.text(name); u != "" {
			to[readTarget(u).endpoint()] = r
		}
	}
}

// metaFor finds the metadata that a message's endpoint belongs to: the latest one that
// names the endpoint, else one of the same host, else the only one.
func (c *Case) metaFor(m *message) *metadata {
	var host *metadata
	for i := len(c.metas) - 1; i >= 0; i-- {
		d := c.metas[i]
		for _, n := range d.root.Children {
			if n.Text != "" && strings.HasPrefix(n.Text, "http") && readTarget(n.Text).endpoint() == m.url.endpoint() {
				return d
			}
		}
		if host == nil && (d.from.url.host == m.url.host || readTarget(d.text("token_endpoint")).host == m.url.host ||
			readTarget(d.text("authorization_endpoint")).host == m.url.host) {
			host = d
		}
	}
	return host
}
