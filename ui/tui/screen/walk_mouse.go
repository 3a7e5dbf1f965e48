package screen

// Click acts on a click with the left button: on a step of the rail, a tab, a finding or a
// line. A
// click on the finding under the cursor shows its evidence.
func (s *Walk) Click(x, y int) Wish {
	for i, r := range s.hitBox.rail {
		if r.Contains(x, y) {
			return s.jump(s.hitBox.railFrom + i)
		}
	}
	for i, r := range s.hitBox.tabs {
		if r.Contains(x, y) {
			s.tab, s.finding = i, -1
			s.fill(true)
			return nil
		}
	}
	for i, r := range s.hitBox.findings {
		if r.Contains(x, y) {
			from := max(0, min(s.finding-len(s.hitBox.findings)+1, len(s.findings())-len(s.hitBox.findings)))
			if s.finding == from+i {
				return s.next()
			}
			s.finding = from + i
			return nil
		}
	}
	if r := s.hitBox.text; r.Contains(x, y) && s.pane() != nil {
		if s.pane().Click(y - r.Y) {
			s.finding = -1
		}
	}
	return nil
}

// Wheel scrolls the text by n rows.
func (s *Walk) Wheel(n int) {
	if p := s.pane(); p != nil {
		p.Scroll(n)
	}
}
