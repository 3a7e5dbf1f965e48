package diagnose

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// clientJWT is the JWT by which a request authenticates its client, if it does.
func clientJWT(m *message) (j *jwt, p *param, kind string) {
	if p := m.args.find("client_assertion"); p != nil {
		return readJWT(strings.TrimSpace(p.Value)), p, "client_assertion"
	}
	if p := m.arg("client_secret"); p != nil {
		if j := readJWT(strings.TrimSpace(p.Value)); j != nil && j.claims != nil && (j.claims.Member("exp") != nil || j.claims.Member("aud") != nil) {
			return j, p, "client_secret"
		}
	}
	return nil, nil, ""
}

func checkAssertion(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != roleToken && m.role != rolePAR && m.role != roleRevoke && m.role != roleIntrospect || m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		if m.failed.canon != "invalid_client" && m.failed.canon != "invalid_request" && m.failed.canon != "" && !m.failed.says("assertion") {
			continue
		}
		j, p, kind := clientJWT(m)
		if p == nil || j == nil && kind != "client_assertion" {
			continue
		}
		if j == nil {
			out = append(out, hit(m, flows.Certain, kind+" of "+step(m)+" is no JWT ("+kinds(p.Value)+")", c.said(m)).marking(markParam(m, p, "no JWT")))
			continue
		}
		defects := c.assertionDefects(m, j, kind)
		if len(defects) == 0 {
			if m.failed.says("assertion", "invalid|expired|not valid|signature|audience|aadsts700") {
				out = append(out, hit(m, flows.Likely, c.said(m)).marking(markParam(m, p, "the assertion")))
			}
			continue
		}
		out = append(out, hit(m, flows.Certain, append(defects, c.said(m))...).marking(markParam(m, p, "the assertion")))
	}
	return out
}

// assertionDefects checks the claims against the server's time and the request.
func (c *Case) assertionDefects(m *message, j *jwt, kind string) []string {
	var out []string
	now := serverTime(m)
	name := kind + " of " + step(m)
	if exp, ok := j.time("exp"); !ok {
		out = append(out, name+" has no exp")
	} else if exp.Before(now) {
		if !c.clockExplains(j, m) {
			out = append(out, name+" expired "+span(now.Sub(exp))+" before the request")
		}
	} else if kind == "client_secret" && exp.Sub(now) > 185*24*time.Hour {
		out = append(out, name+" ends in "+span(exp.Sub(now))+", more than six months ahead")
	}
	id := m.client()
	iss, sub := j.claim("iss"), j.claim("sub")
	if id != "" && sub != "" && sub != id {
		out = append(out, name+" has sub "+show(sub)+", the client id is "+show(id))
	}
	if kind == "client_assertion" && iss != "" && sub != "" && iss != sub {
		out = append(out, name+" has different iss and sub")
	}
	switch alg := j.head("alg"); {
	case strings.EqualFold(alg, "none"):
		out = append(out, name+" says alg none")
	case kind == "client_secret" && strings.HasPrefix(alg, "HS"):
		out = append(out, name+" says alg "+show(alg)+" where a key pair is wanted")
	}
	if d := c.audienceDefect(m, j, kind); d != "" {
		out = append(out, name+" "+d)
	}
	if jti := j.claim("jti"); jti != "" {
		for _, x := range c.msgs {
			if x.pos >= m.pos {
				break
			}
			if o, _, _ := clientJWT(x); o != nil && o.claim("jti") == jti && kind == "client_assertion" {
				out = append(out, name+" has the jti of "+step(x))
				break
			}
		}
	}
	return out
}

// audienceDefect compares aud with the token endpoint, the issuer, or what the provider
// is known to want.
func (c *Case) audienceDefect(m *message, j *jwt, kind string) string {
	auds := j.list("aud")
	if len(auds) == 0 {
		return "has no aud"
	}
	accepted := []string{m.url.endpoint(), m.url.raw, m.url.scheme + "://" + m.url.authority(), m.url.scheme + "://" + m.url.authority() + "/"}
	f := c.fact(m.url.host)
	if f != nil && f.assertionAud != "" {
		accepted = []string{f.assertionAud}
	} else if kind == "client_secret" {
		return ""
	}
	if d := c.metaFor(m); d != nil {
		accepted = append(accepted, d.issuer, d.text("token_endpoint"))
	}
	for _, a := range auds {
		for _, w := range accepted {
			if w != "" && strings.TrimSuffix(a, "/") == strings.TrimSuffix(w, "/") {
				return ""
			}
		}
	}
	host := readTarget(auds[0]).host
	if f == nil && host == m.url.host && !m.failed.says("aud") {
		return "" // a realm or tenant URL of the same server: it may be its issuer
	}
	return "has aud " + show(auds[0]) + ", which is neither the token endpoint nor the issuer"
}

// clockExplains: the assertion fits the local clock and not the server's, so the clock
// is the cause.
func (c *Case) clockExplains(j *jwt, m *message) bool {
	k := c.clock()
	if k.agree == 0 || abs(k.offset) < clockTolerance {
		return false
	}
	exp, ok := j.time("exp")
	return ok && exp.After(m.at())
}

// proofOf is the DPoP proof of a request.
func proofOf(m *message) *jwt {
	if v := m.header("DPoP"); v != "" {
		return readJWT(strings.TrimSpace(v))
	}
	return nil
}

func checkDPoP(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		raw := m.header("DPoP")
		about := m.failed.says("dpop") || m.failed.canon == "use_dpop_nonce" || m.failed.canon == "invalid_dpop_proof"
		if raw == "" && !about || raw == "" && strings.EqualFold(m.auth.scheme, "Bearer") {
			continue
		}
		p := proofOf(m)
		if p == nil {
			if raw != "" {
				out = append(out, hit(m, flows.Certain, "the DPoP header of "+step(m)+" is no JWT").marking(markHeader(m, "DPoP", "no JWT")))
			} else if m.role == roleToken || m.role == rolePAR {
				out = append(out, hit(m, flows.Certain, step(m)+" carries no DPoP proof", c.said(m)))
			}
			continue
		}
		defects := c.proofDefects(m, p)
		mark := markHeader(m, "DPoP", "the proof")
		switch {
		case len(defects) > 0 && (about || m.status() == 401 || m.status() == 400):
			out = append(out, hit(m, flows.Certain, append(defects, c.said(m))...).marking(mark))
		case m.failed.canon == "use_dpop_nonce":
			out = append(out, hit(m, flows.Certain, "the server asked for a nonce at "+step(m)+", and no request with it succeeded", c.said(m)).marking(mark))
		case about && c.proofTimeOff(m, p):
			if !c.skewed() { // else the clock is what to mend
				iat, _ := p.time("iat")
				out = append(out, hit(m, flows.Certain, "iat of the proof is "+span(serverTime(m).Sub(iat))+" away from the server's time", c.said(m)).marking(mark))
			}
		case about:
			out = append(out, hit(m, flows.Likely, c.said(m)).marking(mark))
		}
	}
	return out
}

// proofTimeOff: the proof's time is far from the server's.
func (c *Case) proofTimeOff(m *message, p *jwt) bool {
	iat, ok := p.time("iat")
	return ok && abs(serverTime(m).Sub(iat)) > clockTolerance
}

func (c *Case) proofDefects(m *message, p *jwt) []string {
	var out []string
	if htm := p.claim("htm"); htm != "" && htm != m.x.Request.Method {
		out = append(out, "htm is "+show(htm)+", the request is "+method(m.x.Request))
	}
	if htu := p.claim("htu"); htu != "" {
		t := readTarget(htu)
		if t.endpoint() != m.url.endpoint() {
			out = append(out, "htu is "+show(htu)+", the request went to "+c.plainURL(m.url))
		}
	} else {
		out = append(out, "the proof has no htu")
	}
	if p.head("typ") != "dpop+jwt" {
		out = append(out, "typ is "+show(p.head("typ"))+" instead of dpop+jwt")
	}
	if p.header.Member("jwk") == nil {
		out = append(out, "the proof carries no jwk")
	}
	jti := p.claim("jti")
	for _, x := range c.msgs {
		if x.pos >= m.pos {
			break
		}
		if o := proofOf(x); o != nil && jti != "" && o.claim("jti") == jti {
			out = append(out, "the jti was used before, at "+step(x))
			break
		}
	}
	if m.role != roleCall && m.role != roleUserInfo {
		return out
	}
	token := c.sentToken(m)
	if ath := p.claim("ath"); token != "" {
		sum := sha256.Sum256([]byte(token))
		if want := base64.RawURLEncoding.EncodeToString(sum[:]); ath != want {
			out = append(out, "ath is not the hash of the token sent")
		}
		if jkt := confirmation(c.jwtOf(token), "jkt"); jkt != "" && jkt != thumbprint(p.header.Member("jwk")) {
			out = append(out, "the proof is signed by another key than the one that the token is bound to (cnf.jkt)")
		}
	}
	return out
}

// confirmation reads a member of the cnf claim.
func confirmation(j *jwt, name string) string {
	if j == nil || j.claims == nil {
		return ""
	}
	if cnf := j.claims.Member("cnf"); cnf != nil {
		if n := cnf.Member(name); n != nil {
			return n.Text
		}
	}
	return ""
}

// thumbprint is the JWK thumbprint of RFC 7638.
func thumbprint(k *rawjson.Node) string {
	if k == nil {
		return ""
	}
	get := func(n string) string {
		if m := k.Member(n); m != nil {
			return m.Text
		}
		return ""
	}
	var text string
	switch get("kty") {
	case "EC":
		text = `{"crv":"` + get("crv") + `","kty":"EC","x":"` + get("x") + `","y":"` + get("y") + `"}`
	case "RSA":
		text = `{"e":"` + get("e") + `","kty":"RSA","n":"` + get("n") + `"}`
	case "OKP":
		text = `{"crv":"` + get("crv") + `","kty":"OKP","x":"` + get("x") + `"}`
	default:
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func checkCertificate(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.failed == nil {
			continue
		}
		t := m.failed
		if e := m.x.Error; e != nil && m.x.Response == nil {
			if e.Reason == "certificate-required" {
				out = append(out, hit(m, flows.Likely, c.request(m)+": "+c.transportText(m)))
			}
			continue
		}
		var methods []string
		d := c.metaFor(m)
		if d != nil {
			methods, _ = d.list("token_endpoint_auth_methods_supported")
		}
		bound := confirmation(c.jwtOf(c.sentToken(m)), "x5t#S256")
		switch {
		case t.says("client certificate|client cert|mtls|mutual tls|no required ssl certificate|ssl certificate error|tls client"), m.status() == 496 || m.status() == 495:
			h := hit(m, flows.Certain, c.said(m))
			if onlyCertificates(methods) {
				h.evidence = append(h.evidence, "the discovery document of "+step(d.from)+" lists only "+strings.Join(methods, ", "))
			}
			out = append(out, h)
		case onlyCertificates(methods) && t.canon == "invalid_client":
			out = append(out, hit(m, flows.Certain, "the discovery document of "+step(d.from)+" lists only "+strings.Join(methods, ", "), c.said(m)))
		case bound != "" && (m.status() == 401 || m.status() == 403):
			out = append(out, hit(m, flows.Certain, "the token of "+step(m)+" is bound to a certificate (cnf.x5t#S256)", c.said(m)))
		}
	}
	return out
}
