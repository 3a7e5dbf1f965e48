package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"
)

// mostWords bounds how many words of a filter count.
const mostWords = 8

func (q Query) words() []string {
	words := strings.Fields(strings.ToLower(q.Filter))
	return words[:min(len(words), mostWords)]
}

// facet is what a run has in common with others, as the filter searches it. There are
// few hundred of them however many runs there are: so a filter reads the facets, and
// of the runs only numbers.
func (m RunMeta) facet() string {
	outcome := string(m.Outcome)
	if outcome == "" {
		outcome = "running"
	}
	text := strings.Join([]string{m.Kind, m.Provider, m.Environment, string(m.Grant), outcome, m.Finding}, " ")
	if m.Redacted {
		text += " redacted"
	}
	return strings.ToLower(text)
}

// matches tells whether one word of a filter, in lower case, finds the run.
func (m RunMeta) matches(word string) bool {
	from, to, isDay := dayRange(word)
	return strings.Contains(m.facet(), word) || strings.HasPrefix(string(m.Run), word) ||
		isDay && !m.Started.IsZero() && !m.Started.Before(from) && m.Started.Before(to)
}

func facetOf(ctx context.Context, tx *sql.Tx, meta RunMeta) (int64, error) {
	var id int64
	text := meta.facet()
	err := tx.QueryRowContext(ctx, `SELECT id FROM facets WHERE text = ?`, text).Scan(&id)
	if err != sql.ErrNoRows {
		return id, err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO facets (text) VALUES (?)`, text)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// conditions are the SQL conditions of the query. It is not possible that a run fits
// when a word occurs nowhere.
func (s *Store) conditions(ctx context.Context, q Query) (conditions []string, arguments []any, possible bool, err error) {
	conditions = []string{"1"}
	if q.Before > 0 {
		conditions, arguments = append(conditions, "n < ?"), append(arguments, q.Before)
	}
	words := q.words()
	if len(words) == 0 {
		return conditions, arguments, true, nil
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id, text FROM facets`)
	if err != nil {
		return nil, nil, false, err
	}
	defer rows.Close()
	facets := make([][]string, len(words))
	total := 0
	for ; rows.Next(); total++ {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, nil, false, err
		}
		for i, word := range words {
			if strings.Contains(text, word) {
				facets[i] = append(facets[i], strconv.FormatInt(id, 10))
			}
		}
	}
	for i, word := range words {
		if len(facets[i]) == total && total > 0 {
			continue
		}
		condition, values := wordCondition(word, facets[i])
		if condition == "" {
			return nil, nil, false, rows.Err()
		}
		conditions, arguments = append(conditions, condition), append(arguments, values...)
	}
	return conditions, arguments, true, rows.Err()
}

// wordCondition is the condition of one word, empty if no run can fit. The plus signs
// keep SQLite from collecting and sorting half of all runs by an index, where walking
// them from the newest soon fills a page.
func wordCondition(word string, facets []string) (string, []any) {
	var either []string
	var values []any
	if len(facets) > 0 {
		either = append(either, "+facet IN ("+strings.Join(facets, ",")+")")
	}
	if len(word) <= 16 && strings.Trim(word, "0123456789abcdef") == "" {
		either = append(either, "id >= ? AND id < ?")
		values = append(values, word, word+"g")
	}
	if from, to, ok := dayRange(word); ok {
		either = append(either, "+started >= ? AND +started < ?")
		values = append(values, nanoseconds(from), nanoseconds(to))
	}
	if len(either) == 0 {
		return "", nil
	}
	return "(" + strings.Join(either, " OR ") + ")", values
}

// dayRange reads the beginning of a day such as 2026, 2026-1, 2026-11-2 and returns the
// time that it spans. A single digit at the end stands for the tens: 2026-1 is October
// to December.
func dayRange(word string) (from, to time.Time, ok bool) {
	if len(word) < 4 || len(word) > len(time.DateOnly) || strings.Trim(word, "0123456789-") != "" {
		return from, to, false
	}
	for month := 1; month <= 12; month++ {
		for day := 1; day <= 31; day++ {
			t, err := time.Parse("2006-1-2", word[:4]+"-"+strconv.Itoa(month)+"-"+strconv.Itoa(day))
			if err != nil || !strings.HasPrefix(t.Format("2006-01-02"), word) {
				continue
			}
			if !ok {
				from, ok = t, true
			}
			to = t.AddDate(0, 0, 1)
		}
	}
	return from, to, ok
}
