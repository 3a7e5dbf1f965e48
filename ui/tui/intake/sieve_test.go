package intake

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// sieved is what is let through of pieces, each of which is followed by silence when it
// ends in a "…".
func sieved(pieces ...string) string {
	var s sieve
	for _, p := range pieces {
		p, silence := strings.CutSuffix(p, "…")
		s.take([]byte(p))
		if silence && s.grace() > 0 {
			s.idle()
		}
	}
	return string(s.out)
}

func TestSieve(t *testing.T) {
	mega := strings.Repeat("1;", 1<<19)
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"text", []string{"jk ü 漢 👩‍👧\r\t\x04"}, "jk ü 漢 👩‍👧\r\t\x04"},
		{"a character in pieces", []string{"\xe6", "\xbc", "\xa2j"}, "漢j"},
		{"half a character, and silence", []string{"\xe6\xbc…", "j"}, "j"},
		{"half a character, and a key", []string{"\xe6\xbcj"}, "j"},
		{"half a character, and another", []string{"\xe6\xbcü"}, "ü"},
		{"no UTF-8", []string{"\xff\xfe\xc0\x80a\xed\xa0\x80\xf5b\x9b\x9d\ufffdc"}, "abc"},
		{"C1 as UTF-8", []string{"\u009b"}, "\u009b"},

		{"esc", []string{"\x1b…"}, keyEsc},
		{"esc, later a key", []string{"\x1b…", "[…"}, keyEsc + "["},
		{"esc twice", []string{"\x1b\x1b…"}, keyEsc + keyEsc},
		{"esc thrice", []string{"\x1b\x1b\x1b…"}, keyEsc + keyEsc + keyEsc},
		{"alt", []string{"\x1bb\x1bB\x1b\x7f\x1b\r\x1b\x01\x1b\x00\x1b\x1f"}, "\x1b[98;3u\x1b[98:66;4u\x1b[127;3u\x1b[13;3u\x1b[97;7u\x1b[32;7u\x1b[95;7u"},
		{"alt, and what begins a sequence", []string{"\x1b[…", "\x1bO…", "\x1b]…", "\x1bP…"}, "\x1b[91;3u\x1b[111:79;4u\x1b[93;3u\x1b[112:80;4u"},
		{"alt and an arrow", []string{"\x1b\x1b[A\x1b\x1bOB\x1b\x1b[3~"}, "\x1b\x1b[A\x1b\x1bOB\x1b\x1b[3~"},
		{"esc, and a sequence that is no key", []string{"\x1b\x1b[I\x1b\x1b[<0;1;1M\x1b\x1b[1;1:3A"}, keyEsc + "\x1b[I" + keyEsc + "\x1b[<0;1;1M" + keyEsc + "\x1b[1;1:3A"},
		{"esc, and ctrl+c at once", []string{"\x1b\x03"}, keyEsc + "\x03"},
		{"esc esc and a letter", []string{"\x1b\x1bx"}, keyEsc + "\x1b[120;3u"},

		{"arrows", []string{"\x1b[A\x1bOB\x1b[1;5C\x1b[1;1:3D\x1b[Z"}, "\x1b[A\x1bOB\x1b[1;5C\x1b[1;1:3D\x1b[Z"},
		{"an arrow in pieces", []string{"\x1b", "[", "1;", "5A"}, "\x1b[1;5A"},
		{"function keys", []string{"\x1bOP\x1bO5Q\x1b[11~\x1b[24;2~\x1b[[A\x1b[[E\x1b[R\x1b[1;2R"}, "\x1bOP\x1bO5Q\x1b[11~\x1b[24;2~\x1b[11~\x1b[15~\x1b[R\x1b[1;2R"},
		{"editing keys", []string{"\x1b[3~\x1b[5;5~\x1b[6;1:3~\x1b[2^"}, "\x1b[3~\x1b[5;5~\x1b[6;1:3~\x1b[2^"},
		{"kitty's keys", []string{"\x1b[97u\x1b[97:65;2;65u\x1b[97;5:3u\x1b[27;2;13~\x1b[97;;229u"}, "\x1b[97u\x1b[97:65;2;65u\x1b[97;5:3u\x1b[27;2;13~\x1b[97;;229u"},
		{"the mouse", []string{"\x1b[<64;10;5M\x1b[<0;1;1m\x1b[M !\xff\x1b[I\x1b[O"}, "\x1b[<64;10;5M\x1b[<0;1;1m\x1b[M !\xff\x1b[I\x1b[O"},
		{"answers", []string{"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b]11;#fff\a\x1b[?2026;2$y\x1b[?1u"}, "\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b]11;#fff\a\x1b[?2026;2$y\x1b[?1u"},
		{"an answer in pieces", []string{"\x1b]11;rgb:", "0/0/0\x1b", "\\j"}, "\x1b]11;rgb:0/0/0\x1b\\j"},

		{"answers that nobody asked for", []string{"\x1b[?62;22c\x1b[>0;276;0c\x1bP>|term\x1b\\\x1b[24;80R\x1b[8;1;1t\x1b]52;c;QQ==\a\x1b]10;x\x1b\\\x1b_Gi=1;OK\x1b\\j"}, "j"},
		{"unknown sequences", []string{"\x1b[99~\x1b[1;2;3x\x1b[2;3A\x1b[u\x1b[;u\x1b[12345678u\x1b[<1;2M\x1b[#z\x1b[0n\x1b[[Z\x1bOz\x1b[1;;;A\x1b[30~\x1b[2;1@j"}, "j"},
		{"a Windows key", []string{"\x1b[0;0;65;1;0;1_j"}, "j"},
		{"more numbers than fit", []string{"\x1b[" + mega + "m", "\x1b[" + mega + "A", "j"}, "j"},
		{"a sequence without an end", []string{"\x1b[" + mega + "…", "j"}, "j"},
		{"a sequence that control characters cut off", []string{"\x1b[1;\rj\x1b[1;ü\x1b[1\x1b[A\x1bO\rx"}, "\rjü\x1b[A\rx"},
		{"strings of a megabyte", []string{"\x1b]52;c;" + mega + "\a", "\x1bP+q" + mega + "\x1b\\", "\x1b_G" + mega + "\x1b\\", "\x1b^" + mega + "\x1b\\", "\x1bX" + mega + "\x1b\\", "\x1b]11;" + mega + "\a", "j"}, "j"},
		{"a string without an end", []string{"\x1b]52;c;" + mega + "…", "j"}, "j"},
		{"ctrl+c in a string without an end", []string{"\x1b]52;c;" + mega + "\x03"}, "\x03"},
		{"a string that is cancelled", []string{"\x1b]11;rgb\x18j\x1b]11;rgb\x1ak\x1b]11;rgb\x1b[A\x1bP1\x1b\x1b…"}, "jk\x1b[A" + keyEsc + keyEsc},
		{"an answer with more in it", []string{"\x1b]11;\x9cq\a\x1b]11;\nq\a\x1b]11;\aj"}, "j"},

		{"a paste", []string{"\x1b[200~a\r\n\tü\x1b[201~j"}, "\x1b[200~a\r\n\tü\x1b[201~j"},
		{"a paste in pieces", []string{"\x1b[20", "0~a\x1b", "[2", "01~j"}, "\x1b[200~a\x1b[201~j"},
		{"a paste with sequences", []string{"\x1b[200~a\x1b[31mb\x1b]0;c\x07\x1bPd\x1b\x1b[200~e\xff\x1b[Mf\x1b[201~"}, "\x1b[200~ab]0;c\x07Pdef\x1b[201~"},
		{"a paste with ctrl+c in it", []string{"\x1b[200~a\x03b\x1b[201~\x03j"}, "\x1b[200~a\x03b\x1b[201~\x03"},
		{"ends without a start", []string{"\x1b[201~\x1b[201~j"}, "j"},
		{"ctrl+c in a paste without an end", []string{"\x1b[200~a", "\x03"}, "\x1b[200~a\x1b[201~\x03"},
		{"esc in a paste without an end", []string{"\x1b[200~a", "\x1b…", "j"}, "\x1b[200~a\x1b[201~j"},
		{"a paste that stops for a moment", []string{"\x1b[200~a\x1b", "…", "b…", "\x1b", "[201~j"}, "\x1b[200~ab\x1b[201~j"},

		{"behind ctrl+c", []string{"j\x03jjj\x1b[A\x03\x1b[<0;1;1M"}, "j\x03\x03"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sieved(c.in...); got != c.want {
				t.Errorf("got  %.300q\nwant %.300q", got, c.want)
			}
		})
	}
}

// TestLongPaste: more than a paste may have is let through by a little, so that whoever
// takes it knows; then things go on.
func TestLongPaste(t *testing.T) {
	for _, text := range []string{strings.Repeat("word ", 2<<20), strings.Repeat("ü", 5<<20), strings.Repeat("\x1b[31ma", 4<<20)} {
		rest, _ := strings.CutPrefix(sieved("\x1b[200~"+text, "\x1b[201~j"), "\x1b[200~")
		pasted, behind, ended := strings.Cut(rest, "\x1b[201~")
		if !ended || behind != "j" || len(pasted) <= MaxPaste || len(pasted) > MaxPaste+4 {
			t.Errorf("%d bytes of the paste, %v, then %.20q", len(pasted), ended, behind)
		}
	}
	if got := sieved("\x1b[200~" + strings.Repeat("a", MaxPaste) + "\x1b[201~"); len(got) != MaxPaste+12 {
		t.Errorf("%d bytes of a paste that fits", len(got))
	}
}

// TestPiecesDoNotMatter: however the input is cut, the same comes out.
func TestPiecesDoNotMatter(t *testing.T) {
	text := "aü\x1b[1;5A\x1b]11;rgb:0/0/0\x1b\\\x1b[M\x1b\x1b\x1b\x1b[200~x\x1b[0my\x1b[201~\x1bOP\x1bb\x1b\x1b[B\x1bPq\x1b\\\xe6\xbcz\x1b[99~漢"
	want := sieved(text)
	for size := 2; size < len(text); size++ { // pieces of one byte are a hand's
		var pieces []string
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			pieces = append(pieces, rest[:min(size, len(rest))])
		}
		if got := sieved(pieces...); got != want {
			t.Errorf("in pieces of %d:\ngot  %q\nwant %q", size, got, want)
		}
	}
}

// FuzzSieve: whatever comes, what is let through is UTF-8 but for a mouse of the old kind,
// holds no sequence that the toolkit would choke on, and is not much more than came.
func FuzzSieve(f *testing.F) {
	f.Add([]byte("\x1b[1;5Aj\x1b]11;rgb:0/0/0\x1b\\"), byte(3))
	f.Add([]byte("\x1b[200~a\x1b[0mb\x1b[201~\x1b\x1b[A\x1b[M \xff!"), byte(1))
	f.Add([]byte("\x1bP>|x\x1b\\\xff\x1b[97;5:3u\x03"), byte(7))
	f.Add([]byte("\x1b[M\x1bA\xfb\x1bA"), byte(0xc0))
	f.Add([]byte("["+strings.Repeat("0", 200)), byte(8))
	f.Fuzz(func(t *testing.T, in []byte, size byte) {
		var s sieve
		for rest := in; len(rest) > 0; {
			n := min(max(1, int(size)), len(rest))
			was := len(s.out)
			s.take(rest[:n])
			if grew := len(s.out) - was; grew > 5*n+longest+len(pasteEnd)+2*len(keyEsc) {
				t.Fatalf("%d bytes became %d", n, grew)
			}
			if len(s.held) > longest+utf8.UTFMax {
				t.Fatalf("%d bytes are held", len(s.held))
			}
			rest = rest[n:]
		}
		s.idle()
		if s.grace() != 0 {
			t.Error("something is still waited for")
		}
		for i, token := range strings.SplitAfter(withoutMouse(string(s.out)), "\x1b") {
			if body, ok := strings.CutPrefix(token, "["); i > 0 && ok && len(body) > longest && strings.Trim(body[:longest], "0123456789;:<>=?") == "" {
				t.Errorf("a long sequence: %.200q", token)
			}
			if !utf8.ValidString(token) && !strings.HasPrefix(token, "[M") { // one that was cut off
				t.Errorf("no UTF-8: %q", token)
			}
		}
	})
}

// withoutMouse puts a point in the place of each old report of a mouse, which has three bytes
// of its own, whatever they are.
func withoutMouse(out string) string {
	const head, length = "\x1b[M", len("\x1b[Mbxy")
	var b strings.Builder
	for {
		i := strings.Index(out, head)
		if i < 0 || i+length > len(out) {
			return b.String() + out
		}
		b.WriteString(out[:i] + ".")
		out = out[i+length:]
	}
}
