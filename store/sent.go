package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"time"

	"oauthlens/flows"
)

// SentHash is the name under which a sent code or refresh token is remembered: an
// HMAC-SHA-256 under the installation's key, from which the value cannot be found. It
// differs from the fingerprint that is shown: the kind is part of it.
func SentHash(key flows.FingerprintKey, kind, raw string) []byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte("oauthlens sent\x00" + kind + "\x00" + raw))
	return mac.Sum(nil)
}

// MarkSent remembers that the run sent the secret with this hash at that time. Said
// twice for a run, the first time counts.
func (s *Store) MarkSent(ctx context.Context, run flows.RunID, kind string, hash []byte, at time.Time) error {
	return s.Commit(ctx, s.MarkSentWrite(run, kind, hash, at))
}

// MarkSentWrite is [Store.MarkSent] as a part of a Commit.
func (s *Store) MarkSentWrite(run flows.RunID, kind string, hash []byte, at time.Time) Write {
	return func(ctx context.Context, b *batch) error {
		n, err := b.number(ctx, run)
		if err == nil {
			_, err = b.ExecContext(ctx, `INSERT OR IGNORE INTO sent (hash, kind, run, at) VALUES (?, ?, ?, ?)`, hash, kind, n, nanoseconds(at))
		}
		return err
	}
}

// SeenSecret tells which run sent the secret with this hash first; false if none did.
// Ask before MarkSent, or the run finds itself.
func (s *Store) SeenSecret(ctx context.Context, kind string, hash []byte) (Sent, bool, error) {
	var sent Sent
	var at int64
	err := s.db.QueryRowContext(ctx, `SELECT runs.id, sent.at FROM sent JOIN runs ON runs.n = sent.run
		WHERE sent.hash = ? AND sent.kind = ? ORDER BY sent.run LIMIT 1`, hash, kind).Scan(&sent.Run, &at)
	if err == sql.ErrNoRows {
		return Sent{}, false, nil
	}
	sent.At = instant(at)
	return sent, err == nil, s.failed(err)
}
