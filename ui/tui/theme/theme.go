// Package theme gives every role of the screen its style. A role says what a piece of
// text means (a check passed, a value is secret, this is production); the theme says how
// that looks on a dark terminal, on a light one, and without any colour.
//
// Nothing on screen may depend on a colour: a glyph or a word beside it says the same.
// That is why a theme holds bold, faint, underline and reverse too, and why they are all
// that is left when the terminal has no colours or NO_COLOR is set (the renderer drops
// the colours then).
package theme

import (
	"fmt"
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"

	"oauthlens/ui/present"
)

// Role is what a piece of text is on screen. The first roles are the tones of package
// present, by the same numbers.
type Role int

// The roles that belong to the frame, after those of present.Tone.
const (
	Rule     Role = iota + firstOfFrame // lines between regions
	Title                               // the title of a pane
	Selected                            // the row under the cursor
	Cursor                              // the bar beside it
	Hint                                // a key in the footer
	HintText                            // what it does
	HintOff                             // a key that cannot work now
	Tab
	TabOn
	Match   // a search hit
	MatchOn // the search hit under the cursor
	BarFull // the part of a countdown that is left
	BarRest
	Box // the border of an overlay
	BoxTitle
	Field    // text being typed
	TextMark // the cursor of a text field
	Off      // switched off
	QR       // dark on light
	Below    // under an overlay
	last
)

const firstOfFrame = Role(present.EnvCustom) + 1

// Of is the role of a tone.
func Of(t present.Tone) Role { return Role(t) }

// Theme is a style for every role. The zero Theme paints plain text.
type Theme struct {
	Dark bool
	// Indexed: made of the 256 colours that a terminal has by number.
	Indexed bool
	// on holds the escape sequence that switches a role's style on; empty: plain.
	on [last]string
	// selectedOn is the same on the background of the selected row.
	selectedOn [last]string
	looks      [last]Look
	// selected and ink are the background and the plain text of the selected row. Both are
	// set: with a background that the terminal did not tell, the row stays readable.
	selected, ink string
}

// Look is a style as a picture needs it: colours as "#rrggbb", empty for the terminal's
// own.
type Look struct {
	Text, Back                                     string
	Bold, Faint, Underline, Strikethrough, Reverse bool
}

// Look is the look of a role. selected asks for it on the selected row.
func (t *Theme) Look(r Role, selected bool) Look {
	if r < 0 || r >= last {
		r = 0
	}
	l := t.looks[r]
	if selected && l.Back == "" {
		l.Back = t.selected
	}
	if selected && l.Text == "" {
		l.Text = t.ink
	}
	return l
}

// Paper are the colours of a picture's terminal: its background and its text.
func (t *Theme) Paper() (back, text string) {
	if t.Dark {
		return "#16181d", inkOnDark
	}
	return "#ffffff", inkOnLight
}

// The text on a dark and on a light background, where this program chooses it.
const (
	inkOnDark  = "#d7dae0"
	inkOnLight = "#22252b"
)

// palette is one set of colours, as hexadecimal strings or as the numbers of a terminal of
// 256 colours.
type palette struct {
	muted, label, ok, warn, danger, accent, secret, changed, link             string
	key, str, num, lit, mark, sim, sand, prod, rule, selected, barRest, below string
	markText, prodText                                                        string
	ink                                                                       string // of the selected row
}

func dark() palette {
	return palette{
		muted: "#959db0", label: "#9fb4d0", ok: "#7ec699", warn: "#e5b567", danger: "#f0737f", accent: "#7aa8ff",
		secret: "#b99adf", changed: "#e5b567", link: "#78b9d6",
		key: "#8fb3e8", str: "#a8c99a", num: "#e0ae7a", lit: "#c79be0", mark: "#f0c35e", markText: "#1c1e24",
		sim: "#78c2c0", sand: "#e5b567", prod: "#c83a4c", prodText: "#ffffff", ink: inkOnDark,
		rule: "#4a5160", selected: "#2b3140", barRest: "#3b4150", below: "#6b7385",
	}
}

func light() palette {
	return palette{
		muted: "#5c6472", label: "#3f5878", ok: "#1a6f3c", warn: "#8f5d00", danger: "#b5202f", accent: "#1f5fd0",
		secret: "#7440a8", changed: "#8f5d00", link: "#0d6a8c",
		key: "#1f5aa8", str: "#3f6d2a", num: "#97520f", lit: "#7a34a0", mark: "#ffd866", markText: "#1c1e24",
		sim: "#0f6f6d", sand: "#8f5d00", prod: "#b5202f", prodText: "#ffffff", ink: inkOnLight,
		rule: "#b0b6c0", selected: "#e4eaf4", barRest: "#d5dae2", below: "#868e9c",
	}
}

// The same roles where there are 256 colours. They are chosen, not computed: the nearest of
// the 256 turns the quiet background of the selected row into a loud one, on which the text
// is hard to read, and some reds into grey.
func darkIndexed() palette {
	return palette{
		muted: "247", label: "146", ok: "114", warn: "179", danger: "210", accent: "111", secret: "140", changed: "179", link: "74",
		key: "110", str: "150", num: "180", lit: "182", mark: "221", markText: "234",
		sim: "80", sand: "179", prod: "160", prodText: "231", ink: "253",
		rule: "240", selected: "236", barRest: "238", below: "243",
	}
}

func lightIndexed() palette {
	return palette{
		muted: "241", label: "60", ok: "22", warn: "94", danger: "124", accent: "26", secret: "55", changed: "94", link: "24",
		key: "25", str: "22", num: "94", lit: "90", mark: "221", markText: "234",
		sim: "23", sand: "94", prod: "124", prodText: "231", ink: "235",
		rule: "249", selected: "254", barRest: "253", below: "245",
	}
}

// New makes the theme for a dark or a light background.
func New(isDark bool) *Theme {
	if isDark {
		return of(dark(), isDark, false)
	}
	return of(light(), isDark, false)
}

// NewIndexed is the same theme for a terminal that has 256 colours or fewer.
func NewIndexed(isDark bool) *Theme {
	if isDark {
		return of(darkIndexed(), isDark, true)
	}
	return of(lightIndexed(), isDark, true)
}

func of(p palette, isDark, indexed bool) *Theme {
	t := &Theme{Dark: isDark, Indexed: indexed, selected: hex(lipgloss.Color(p.selected)), ink: hex(lipgloss.Color(p.ink))}
	onSelected := func(style lipgloss.Style) string {
		if style.GetBackground() == (lipgloss.NoColor{}) {
			style = style.Background(lipgloss.Color(p.selected))
		}
		if style.GetForeground() == (lipgloss.NoColor{}) {
			style = style.Foreground(lipgloss.Color(p.ink))
		}
		return sequence(style)
	}
	for role, style := range styles(p) {
		t.on[role] = sequence(style)
		t.looks[role] = look(style)
		t.selectedOn[role] = onSelected(style)
	}
	t.selectedOn[present.Plain] = onSelected(lipgloss.NewStyle())
	return t
}

func styles(p palette) map[Role]lipgloss.Style {
	fg := func(c string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(c)) }
	bold := lipgloss.NewStyle().Bold(true)
	return map[Role]lipgloss.Style{
		Of(present.Muted):         fg(p.muted),
		Of(present.Label):         fg(p.label),
		Of(present.Strong):        bold,
		Of(present.OK):            fg(p.ok),
		Of(present.Warn):          fg(p.warn),
		Of(present.Danger):        fg(p.danger).Bold(true),
		Of(present.Accent):        fg(p.accent).Bold(true),
		Of(present.SecretTone):    fg(p.secret),
		Of(present.Changed):       fg(p.changed).Bold(true),
		Of(present.Link):          fg(p.link).Underline(true),
		Of(present.JSONKey):       fg(p.key),
		Of(present.JSONString):    fg(p.str),
		Of(present.JSONNumber):    fg(p.num),
		Of(present.JSONLiteral):   fg(p.lit),
		Of(present.JSONPunct):     fg(p.muted),
		Of(present.Mark):          fg(p.markText).Background(lipgloss.Color(p.mark)).Bold(true).Underline(true),
		Of(present.EnvSimulator):  fg(p.sim).Bold(true),
		Of(present.EnvSandbox):    fg(p.sand).Bold(true),
		Of(present.EnvProduction): fg(p.prodText).Background(lipgloss.Color(p.prod)).Bold(true),
		Of(present.EnvCustom):     fg(p.link).Bold(true),
		Rule:                      fg(p.rule),
		Title:                     bold,
		Selected:                  lipgloss.NewStyle().Background(lipgloss.Color(p.selected)),
		Cursor:                    fg(p.accent).Bold(true),
		Hint:                      fg(p.accent).Bold(true),
		HintText:                  fg(p.muted),
		HintOff:                   fg(p.muted),
		Tab:                       fg(p.muted),
		TabOn:                     fg(p.accent).Bold(true).Underline(true),
		Match:                     lipgloss.NewStyle().Underline(true).Bold(true).Foreground(lipgloss.Color(p.warn)),
		MatchOn:                   lipgloss.NewStyle().Reverse(true),
		BarFull:                   fg(p.accent),
		BarRest:                   fg(p.barRest),
		Box:                       fg(p.accent),
		BoxTitle:                  fg(p.accent).Bold(true),
		Field:                     lipgloss.NewStyle(),
		TextMark:                  lipgloss.NewStyle().Reverse(true),
		Below:                     fg(p.below).Faint(true),
		QR:                        lipgloss.NewStyle().Foreground(lipgloss.Color("#000000")).Background(lipgloss.Color("#ffffff")),
		Off:                       fg(p.muted).Strikethrough(true),
	}
}

// sequence is what a style writes before its text.
func sequence(s lipgloss.Style) string {
	const probe = "x"
	out := s.Render(probe)
	before, _, _ := strings.Cut(out, probe)
	return before
}

func look(s lipgloss.Style) Look {
	return Look{Text: hex(s.GetForeground()), Back: hex(s.GetBackground()), Bold: s.GetBold(), Faint: s.GetFaint(),
		Underline: s.GetUnderline(), Strikethrough: s.GetStrikethrough(), Reverse: s.GetReverse()}
}

func hex(c color.Color) string {
	if c == nil || c == (lipgloss.NoColor{}) {
		return ""
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// On is the escape sequence that switches the role's style on, empty for plain text.
// selected asks for the style on the selected row.
func (t *Theme) On(r Role, selected bool) string {
	if t == nil || r < 0 || r >= last {
		return ""
	}
	if selected {
		return t.selectedOn[r]
	}
	return t.on[r]
}

// IsLightBy tells whether the variable COLORFGBG, which some terminals set to the numbers of
// their text and background colours ("0;15"), names a light background. It is for the
// terminals that do not answer when they are asked.
func IsLightBy(colorfgbg string) bool {
	at := strings.LastIndexByte(colorfgbg, ';')
	if at < 0 {
		return false
	}
	switch colorfgbg[at+1:] {
	case "7", "9", "10", "11", "12", "13", "14", "15":
		return true
	}
	return false
}

// IsDark tells whether a background colour is dark; nil counts as dark.
func IsDark(c color.Color) bool {
	if c == nil {
		return true
	}
	r, g, b, _ := c.RGBA()
	// Rec. 601 luma over 16-bit channels.
	return 299*r+587*g+114*b < 500*0xffff
}
