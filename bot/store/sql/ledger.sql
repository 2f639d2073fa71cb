-- name: ledger
SELECT d.id, d.state, d.reason, d.created, d.changed, ps.title, ps.link, p.platform, p.ref, c.thread
FROM delivery d JOIN post ps ON ps.id = d.post_id JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.state IN (SELECT value FROM json_each(:states))
    AND (:platform = '' OR p.platform = :platform AND p.ref = :ref AND c.thread = :thread)
ORDER BY d.id DESC LIMIT :limit

-- name: under_way
-- What an open message carries is the lane's.
SELECT md.delivery_id FROM message_delivery md JOIN message m ON m.id = md.message_id
WHERE NOT m.done AND md.delivery_id IN (SELECT value FROM json_each(:ids))

-- name: unlink
DELETE FROM message_delivery WHERE delivery_id IN (SELECT value FROM json_each(:ids))

-- name: retry
UPDATE delivery SET state = 'wanted', reason = '', whole = 1, changed = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('held', 'dropped', 'dead') RETURNING chat_id

-- name: drop
UPDATE delivery SET state = 'dropped', reason = 'operator', changed = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('wanted', 'held') RETURNING chat_id

-- name: hurry
INSERT INTO queue (chat_id, due) SELECT value, :now FROM json_each(:chats) WHERE true
ON CONFLICT (chat_id) DO UPDATE SET due = excluded.due
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done)
