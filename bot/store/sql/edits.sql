-- name: stale
-- Messages that are there and whose posts have changed. Those of closed chats are given too: they are forgotten.
SELECT e.message_id, e.asked, e.attempts, m.created AS sent,
       (SELECT md.delivery_id FROM message_delivery md WHERE md.message_id = m.id LIMIT 1) AS delivery_id,
       (SELECT count(*) FROM part pt WHERE pt.message_id = m.id) AS size,
       (SELECT json_group_array(json_array(pt.id, pt.number, coalesce(pt.ref, ''), pt.mark, pt.plain, pt.edits))
          FROM part pt WHERE pt.message_id = m.id AND pt.state = 'sent') AS parts,
       c.id AS chat_id, c.place_id, c.thread, c.language, c.timezone, c.length, c.formulas, c.silent, c.paused_until,
       c.images, c.hashtags, c.cap, c.quiet, c.digest, c.digest_asked, c.options,
       c.created AS chat_created, p.platform, p.ref, p.kind AS place_kind, p.title AS place_title,
       iif(p.closed = '', c.closed, p.closed) AS closed
FROM edit e CROSS JOIN message m ON m.id = e.message_id
CROSS JOIN chat c ON c.id = m.chat_id CROSS JOIN place p ON p.id = c.place_id
WHERE e.platform = :platform AND e.due <= :now AND m.done
    AND m.chat_id NOT IN (SELECT value FROM json_each(:busy))
ORDER BY e.due LIMIT :limit

-- name: next_edit
SELECT e.due FROM edit e CROSS JOIN message m ON m.id = e.message_id
WHERE e.platform = :platform AND m.done ORDER BY e.due LIMIT 1

-- name: claim_edits
UPDATE edit SET attempts = attempts + 1
WHERE (message_id, asked) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:edits))
    AND EXISTS (
        SELECT 1 FROM message m JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
        JOIN message_delivery md ON md.message_id = m.id JOIN delivery d ON d.id = md.delivery_id
        JOIN subscription s ON s.chat_id = c.id JOIN feed_post fp ON fp.feed_id = s.feed_id AND fp.post_id = d.post_id
        WHERE m.id = edit.message_id AND p.closed = '' AND c.closed = '')
RETURNING message_id

-- name: edited
UPDATE part SET mark = :mark, edits = edits + 1 WHERE id = :part

-- name: lost
-- It is not there any more, or takes no edit: it is left alone from now on.
UPDATE part SET ref = NULL WHERE id = :part

-- name: go_on
-- The parts behind it, or the newer text.
UPDATE edit SET attempts = 0 WHERE message_id = :message

-- name: end_edit
DELETE FROM edit WHERE message_id = :message AND asked = :asked

-- name: postpone_edit
UPDATE edit SET due = :due WHERE message_id = :message
