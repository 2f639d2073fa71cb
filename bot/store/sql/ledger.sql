-- name: ledger
-- Of what waits: what its last attempt met, and when its chat is looked at next.
SELECT d.id, d.state, d.created, d.changed, ps.title, ps.link, p.platform, p.ref, c.thread,
       iif(d.state = 'wanted' AND d.reason = '', coalesce((
           SELECT pt.reason FROM message_delivery md JOIN message m ON m.id = md.message_id
             JOIN part pt ON pt.message_id = m.id AND pt.state IN ('retry', 'uncertain')
            WHERE md.delivery_id = d.id AND NOT m.done), ''), d.reason) AS reason,
       iif(d.state = 'wanted', (SELECT due FROM queue q WHERE q.chat_id = d.chat_id), NULL) AS due
FROM delivery d JOIN post ps ON ps.id = d.post_id JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.state IN (SELECT value FROM json_each(:states))
    AND (:platform = '' OR p.platform = :platform AND p.ref = :ref AND c.thread = :thread)
ORDER BY d.id DESC LIMIT :limit

-- name: standings
-- Begun is what an open message has under way or may have brought; null where there is none.
SELECT d.id, d.state, d.reason, p.platform, p.ref, c.thread, c.paused_until,
       iif(p.closed = '', c.closed, p.closed) AS closed,
       (SELECT EXISTS (SELECT 1 FROM part pt WHERE pt.message_id = m.id
                        AND (pt.state IN ('sending', 'sent') OR pt.uncertain > 0))
          FROM message_delivery md JOIN message m ON m.id = md.message_id
         WHERE md.delivery_id = d.id AND NOT m.done) AS begun
FROM delivery d JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.id IN (SELECT value FROM json_each(:ids))

-- name: unlink
DELETE FROM message_delivery WHERE delivery_id IN (SELECT value FROM json_each(:ids))

-- name: want_again
UPDATE delivery SET state = 'wanted', reason = '', whole = 1, changed = :now
WHERE id IN (SELECT value FROM json_each(:ids))

-- name: unwrite
DELETE FROM message WHERE NOT done AND id IN (
    SELECT message_id FROM message_delivery WHERE delivery_id IN (SELECT value FROM json_each(:ids)))

-- name: drop
UPDATE delivery SET state = 'dropped', reason = 'operator', changed = :now
WHERE id IN (SELECT value FROM json_each(:ids))

-- name: hurry
INSERT INTO queue (chat_id, due)
SELECT DISTINCT chat_id, :now FROM delivery WHERE id IN (SELECT value FROM json_each(:ids))
ON CONFLICT (chat_id) DO UPDATE SET due = excluded.due
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done)
