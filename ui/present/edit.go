package present

import (
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// The targets of an edit.
const (
	EditAuthorize   = "authorize" // a parameter of the authorization request
	EditToken       = "token"     // a parameter of the token request
	EditHeader      = "header"    // a header of the token request
	EditClientID    = "client_id"
	EditSecret      = "client_secret"
	EditAuthMethod  = "auth_method"
	EditPKCE        = "pkce"
	EditRedirectURI = "redirect_uri"
	EditScope       = "scope" // Name is one scope, switched on and off; empty: all of them, parted by blanks
	EditCallURL     = "call_url"
	EditCallIndex   = "call_index" // Name is the number of a ready-made call; switching it on chooses it
	EditAutoRefresh = "auto_refresh"
	EditFault       = "fault"
	EditEndpoint    = "endpoint" // Name is that of flows.SettingsChange.Endpoint
)

// Edit says how the user can change a line. It holds no secret: the present value of
// a secret field is not shown for editing.
type Edit struct {
	Target string
	Name   string // of the parameter, header or scope
	Value  string // as it is now
	// Options is the closed list to choose from; empty: free text.
	Options []string
	// Toggle: the line is switched on and off (a scope, automatic refresh).
	Toggle bool
	On     bool
	Hidden bool // typed without echo
}

// Set returns the change of settings that gives the line this value. settings are those
// in use: lists of edits are replaced as a whole.
func (e Edit) Set(settings flows.Settings, value string) flows.SettingsChange {
	var c flows.SettingsChange
	switch e.Target {
	case EditAuthorize:
		c.AuthorizeEdits = withEdit(settings.AuthorizeEdits, flows.ParamEdit{Op: flows.EditSet, Name: e.Name, Value: value})
	case EditToken:
		c.TokenEdits = withEdit(settings.TokenEdits, flows.ParamEdit{Op: flows.EditSet, Name: e.Name, Value: value})
	case EditHeader:
		c.HeaderEdits = withEdit(settings.HeaderEdits, flows.ParamEdit{Op: flows.EditSet, Name: e.Name, Value: value})
	case EditClientID:
		c.ClientID = &value
	case EditSecret:
		s := flows.NewSecret(flows.FingerprintKey{}, "client_secret", value)
		c.ClientSecret = &s
	case EditAuthMethod:
		m := flows.AuthMethod(value)
		c.AuthMethod = &m
	case EditPKCE:
		m := flows.PKCEMethod(value)
		c.PKCE = &m
	case EditRedirectURI:
		c.RedirectURI = &value
	case EditScope:
		scopes := protocol.SplitScopes(value)
		c.Scopes = &scopes
	case EditCallURL:
		c.CallURL = &value
	case EditFault:
		c.Fault = &value
	case EditEndpoint:
		c.Endpoint = &flows.Param{Name: e.Name, Value: strings.TrimSpace(value)}
	}
	return c
}

// Switch returns the change that switches the line off, or on again: a parameter is
// left out, a scope unticked. ok is false where that has no meaning.
func (e Edit) Switch(settings flows.Settings, off bool) (c flows.SettingsChange, ok bool) {
	switch e.Target {
	case EditAuthorize:
		c.AuthorizeEdits = switched(settings.AuthorizeEdits, e.Name, off)
	case EditToken:
		c.TokenEdits = switched(settings.TokenEdits, e.Name, off)
	case EditHeader:
		c.HeaderEdits = switched(settings.HeaderEdits, e.Name, off)
	case EditScope:
		if e.Name == "" {
			return c, false
		}
		c.Scopes = tickedScopes(settings.Scopes, e.Name, !off)
	case EditAutoRefresh:
		on := !off
		c.AutoRefresh = &on
	case EditCallIndex:
		i, err := strconv.Atoi(e.Name)
		if err != nil {
			return c, false
		}
		c.CallIndex = &i
	default:
		return c, false
	}
	return c, true
}

// Restore returns the change that takes the user's edits of this name back. ok is
// false where there is nothing of the profile's to go back to.
func (e Edit) Restore(settings flows.Settings) (c flows.SettingsChange, ok bool) {
	switch e.Target {
	case EditAuthorize:
		c.AuthorizeEdits = withoutEdits(settings.AuthorizeEdits, e.Name)
	case EditToken:
		c.TokenEdits = withoutEdits(settings.TokenEdits, e.Name)
	case EditHeader:
		c.HeaderEdits = withoutEdits(settings.HeaderEdits, e.Name)
	default:
		return c, false
	}
	return c, true
}

// AddParam returns the change that adds one more parameter to the target, repeats
// allowed.
func AddParam(settings flows.Settings, target, name, value string) flows.SettingsChange {
	add := flows.ParamEdit{Op: flows.EditAdd, Name: name, Value: value}
	var c flows.SettingsChange
	switch target {
	case EditAuthorize:
		c.AuthorizeEdits = appended(settings.AuthorizeEdits, add)
	case EditToken:
		c.TokenEdits = appended(settings.TokenEdits, add)
	case EditHeader:
		c.HeaderEdits = appended(settings.HeaderEdits, add)
	}
	return c
}

func appended(edits []flows.ParamEdit, e flows.ParamEdit) *[]flows.ParamEdit {
	out := append(slices.Clone(edits), e)
	return &out
}

// withEdit puts the edit in place of earlier ones that it makes void.
func withEdit(edits []flows.ParamEdit, e flows.ParamEdit) *[]flows.ParamEdit {
	out := slices.DeleteFunc(slices.Clone(edits), func(have flows.ParamEdit) bool {
		return strings.EqualFold(have.Name, e.Name)
	})
	out = append(out, e)
	return &out
}

func withoutEdits(edits []flows.ParamEdit, name string) *[]flows.ParamEdit {
	out := slices.DeleteFunc(slices.Clone(edits), func(have flows.ParamEdit) bool {
		return strings.EqualFold(have.Name, name)
	})
	return &out
}

// switched leaves the other edits of the name as they are, so that what is switched on again
// is what it was before.
func switched(edits []flows.ParamEdit, name string, off bool) *[]flows.ParamEdit {
	out := slices.DeleteFunc(slices.Clone(edits), func(have flows.ParamEdit) bool {
		return have.Op == flows.EditRemove && strings.EqualFold(have.Name, name)
	})
	if off {
		out = append(out, flows.ParamEdit{Op: flows.EditRemove, Name: name})
	}
	return &out
}

// inForce are the edits that a later one does not make void: what is switched off stays off
// until it is set anew.
func inForce(edits []flows.ParamEdit) []flows.ParamEdit {
	var out []flows.ParamEdit
	for i, e := range edits {
		void := slices.ContainsFunc(edits[i+1:], func(later flows.ParamEdit) bool {
			return strings.EqualFold(later.Name, e.Name) && (later.Op == flows.EditRemove || e.Op == flows.EditRemove)
		})
		if !void {
			out = append(out, e)
		}
	}
	return out
}

func tickedScopes(scopes []string, name string, on bool) *[]string {
	out := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == name })
	if on {
		out = append(out, name)
	}
	return &out
}
