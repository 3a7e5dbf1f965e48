package present

import "oauthlens/flows"

// The sentences for what cannot be done at a step, for every front end.
const (
	NothingFound  = "nothing was found at this step"
	NoRequest     = "this step has no request"
	NoURL         = "no URL at this step"
	NoParameters  = "this step sends no request that takes more parameters"
	NotChanged    = "nothing on this line was changed"
	NotSwitched   = "nothing on this line can be switched off"
	NoSuchStep    = "there is no such step in this flow"
	NoRemedy      = "this finding is not mended by a setting of this program"
	OnlyLookedAt  = "this run is only looked at: nothing can be changed; walk the provider anew from the catalogue"
	NothingToKeep = "client settings are kept from a run of your own"
)

// Why tells why the session cannot be asked for an action now; empty: it can.
func (w Walk) Why(a flows.Action) string {
	if o, ok := w.Offer(a); ok {
		return o.Why
	}
	switch a {
	case flows.ActRefresh:
		return "there is no refresh token in this run"
	case flows.ActRevoke:
		return "there is nothing to revoke in this run"
	case flows.ActRestart:
		return "this run cannot be started again"
	case flows.ActOpenBrowser:
		return "no authorization URL yet"
	}
	return "this run has no such action"
}

// WhyNoPaste tells why no callback can be pasted now; empty: it can.
func (w Walk) WhyNoPaste() string {
	for _, item := range w.Rail {
		switch {
		case item.Key != railCallback || w.Ended:
		case item.State == Done:
			return "the callback has come already; ctrl+r starts again"
		default:
			return w.Why(flows.ActOpenBrowser)
		}
	}
	return "this run waits for no callback"
}
