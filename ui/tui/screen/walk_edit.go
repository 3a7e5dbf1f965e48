package screen

import (
	"strings"

	"oauthlens/ui/present"
)

// editLine asks for a new value of the line under the cursor.
func (s *Walk) editLine() Wish {
	e, ok := s.edit()
	if !ok {
		return Say{s.whyNoEdit()}
	}
	switch {
	case e.Toggle:
		return s.switchLine()
	case e.Target == present.EditFault:
		return PickFault{} // the simulator's half of it begins with a run
	}
	name := e.Name
	if name == "" {
		name = strings.ReplaceAll(e.Target, "_", " ")
	}
	l, _ := s.line()
	missing := s.step().Next.Missing
	empty := missing != nil && missing.Is(l) || e.Value == "" && !e.Hidden && !ofTheRequest(e.Target)
	set := func(value string) Wish {
		if value == "" && empty {
			return Say{"nothing was typed: " + name + " stays as it was"}
		}
		return Change{Change: e.Set(s.walk.Settings, value), Say: name + " changed" + s.fromWhen(e.Target)}
	}
	if len(e.Options) > 0 {
		options := make([]Option, len(e.Options))
		for i, o := range e.Options {
			options[i] = Option{Value: o, Label: o}
			if o == e.Value {
				options[i].Note = "now"
			}
		}
		return Pick{Title: name, Options: options, Then: set}
	}
	return Prompt{Title: "edit " + name, Value: e.Value, Hidden: e.Hidden,
		Help: s.editHelp(e), Then: set}
}

// ofTheRequest tells that a target is a part of a request, which may be sent already.
func ofTheRequest(target string) bool {
	return target == present.EditAuthorize || target == present.EditToken || target == present.EditHeader
}

// fromWhen is the end of a sentence on an edit: a request that was sent stays what it was.
func (s *Walk) fromWhen(target string) string {
	if s.step().Sent && ofTheRequest(target) {
		return ", from the next request on"
	}
	return ""
}

func (s *Walk) editHelp(e present.Edit) string {
	switch {
	case s.fromWhen(e.Target) != "":
		return "this request was sent: the change counts from the next one on"
	case e.Target == present.EditEndpoint && e.Name == "issuer":
		return "the address that the server goes by, such as https://auth.example.com: the endpoints are looked up there"
	case e.Target == present.EditEndpoint:
		return "the whole URL, beginning with https://"
	case e.Target == present.EditClientID:
		return "the public name of your application: the provider gave it to you at registration"
	case e.Target == present.EditSecret:
		return "the provider gave it to you together with the client id; what you type is not shown"
	case e.Target == present.EditRedirectURI:
		return "register exactly this with the provider; on 127.0.0.1 it is listened to here"
	case e.Target == present.EditScope:
		return "names parted by blanks, such as openid profile offline_access"
	case e.Target == present.EditCallURL:
		return "the whole URL of an API that takes the token; it is called with GET, and only when you send it"
	}
	return "the request is rebuilt at once; u takes the change back"
}

func (s *Walk) switchLine() Wish {
	e, _ := s.edit()
	l, _ := s.line()
	if e.Target == present.EditAutoRefresh {
		return s.switchAutomatic()
	}
	off := !l.Off
	if e.Toggle {
		off = e.On
	}
	c, ok := e.Switch(s.walk.Settings, off)
	if !ok {
		return Say{present.NotSwitched}
	}
	word := "switched on"
	if off {
		word = "switched off"
	}
	name := e.Name
	if name == "" {
		name = strings.ReplaceAll(e.Target, "_", " ")
	}
	return Change{Change: c, Say: name + " " + word + s.fromWhen(e.Target)}
}

// addParam asks where, then for name and value.
func (s *Walk) addParam() Wish {
	targets := s.step().Edits
	ask := func(target string) Wish {
		what := map[string]string{present.EditAuthorize: "parameter of the authorization URL", present.EditToken: "parameter of the token request", present.EditHeader: "header of the token request"}[target]
		return Prompt{Title: "add a " + what, Enter: "add", Label: "name=value", Help: "repeats are allowed, and kept in order",
			Then: func(text string) Wish {
				name, value, ok := strings.Cut(text, "=")
				if target == present.EditHeader && !ok {
					name, value, ok = strings.Cut(text, ":")
					value = strings.TrimSpace(value)
				}
				if name = strings.TrimSpace(name); !ok || name == "" {
					return Say{"not added: write name=value"}
				}
				return Change{Change: present.AddParam(s.walk.Settings, target, name, value), Say: name + " added" + s.fromWhen(target)}
			}}
	}
	if len(targets) == 1 {
		return ask(targets[0])
	}
	var options []Option
	for _, t := range targets {
		options = append(options, Option{Value: t, Label: t})
	}
	return Pick{Title: "add to", Options: options, Then: ask}
}
