-- Who wants a post: subscriptions turned into deliveries, at once or, where they are many, piece by piece.

-- name: add_verdict
INSERT INTO verdict (post_id, filter_id, hits) VALUES (:post, :filter, :hits) ON CONFLICT DO NOTHING

-- name: many
-- Whether more chats want it than are dealt with at once, or others are still waiting for that: posts keep their order.
SELECT EXISTS (SELECT 1 FROM fan_out) OR (
    SELECT count(*) FROM (
        SELECT 1 FROM json_each(:filters) w
        CROSS JOIN subscription s ON s.feed_id = :feed AND s.filter_id = w.value LIMIT :most + 1)) > :most

-- name: begin
INSERT INTO fan_out (post_id, feed_id, passed, judged, held, flood, last, reached)
SELECT :post, :feed, :filters, (SELECT json_group_array(DISTINCT filter_id) FROM subscription WHERE feed_id = :feed),
       :held, :flood, (SELECT coalesce(max(id), 0) FROM subscription), 0

-- name: pending
-- What comes next: the oldest post, with the others of its flood, of which a chat is to get the newest first.
SELECT f.* FROM fan_out f
WHERE f.id = (SELECT min(id) FROM fan_out)
    OR f.flood = (SELECT flood FROM fan_out ORDER BY id LIMIT 1)
ORDER BY f.id

-- name: fan_out
INSERT INTO delivery (post_id, chat_id, filter_id, state, reason, created, changed, flood)
SELECT :post, s.chat_id, s.filter_id,
       iif(:held = '' AND p.closed = '' AND c.closed = '' AND coalesce(c.paused_until, 0) <= :now, 'wanted', 'held'),
       CASE WHEN :held <> '' THEN :held WHEN p.closed <> '' THEN p.closed WHEN c.closed <> '' THEN c.closed
            WHEN coalesce(c.paused_until, 0) > :now THEN 'paused' ELSE '' END, :now, :now, :flood
FROM json_each(:filters) w
CROSS JOIN subscription s ON s.feed_id = :feed AND s.filter_id = w.value
JOIN chat c ON c.id = s.chat_id JOIN place p ON p.id = c.place_id
-- A post whose deliveries were forgotten is no news any more, and nobody can tell who had it.
WHERE NOT (SELECT retired FROM post WHERE id = :post)
    -- To a chat that watches a feed which had the post before it was news, it is none through another feed either.
    AND (NOT EXISTS (SELECT 1 FROM feed_post WHERE post_id = :post AND old) OR NOT EXISTS (
        SELECT 1 FROM feed_post fp CROSS JOIN subscription o ON o.feed_id = fp.feed_id
        WHERE fp.post_id = :post AND fp.old AND o.chat_id = s.chat_id))
ON CONFLICT DO NOTHING

-- name: enqueue
INSERT INTO queue (chat_id, due, platform)
SELECT d.chat_id, :now, p.platform
FROM delivery d JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.post_id = :post AND (d.state = 'wanted' OR d.state = 'held' AND d.reason = 'paused') ON CONFLICT DO NOTHING

-- name: expand
-- As fan_out, for some subscriptions. One whose filter was changed meanwhile is asked again when it is written.
INSERT INTO delivery (post_id, chat_id, filter_id, state, reason, created, changed, flood)
SELECT :post, s.chat_id,
       iif(s.filter_id IN (SELECT value FROM json_each(:passed)), s.filter_id, json_extract(:passed, '$[0]')),
       iif(:held = '' AND p.closed = '' AND c.closed = '' AND coalesce(c.paused_until, 0) <= :now, 'wanted', 'held'),
       CASE WHEN :held <> '' THEN :held WHEN p.closed <> '' THEN p.closed WHEN c.closed <> '' THEN c.closed
            WHEN coalesce(c.paused_until, 0) > :now THEN 'paused' ELSE '' END, :now, :now, :flood
FROM subscription s CROSS JOIN chat c ON c.id = s.chat_id CROSS JOIN place p ON p.id = c.place_id
WHERE s.id > :reached AND s.id <= :upto AND s.feed_id = :feed
    AND (s.filter_id IN (SELECT value FROM json_each(:passed))
        OR s.filter_id NOT IN (SELECT value FROM json_each(:judged)))
    AND NOT (SELECT retired FROM post WHERE id = :post)
    -- To a chat that watches a feed which had the post before it was news, it is none through another feed either.
    AND (NOT EXISTS (SELECT 1 FROM feed_post WHERE post_id = :post AND old) OR NOT EXISTS (
        SELECT 1 FROM feed_post fp CROSS JOIN subscription o ON o.feed_id = fp.feed_id
        WHERE fp.post_id = :post AND fp.old AND o.chat_id = s.chat_id))
ON CONFLICT DO NOTHING

-- name: newest
SELECT coalesce(max(id), 0) FROM delivery

-- name: enqueue_some
-- What this piece has made: everything beyond the newest delivery that there was before it.
INSERT INTO queue (chat_id, due, platform)
SELECT d.chat_id, :now, p.platform
FROM delivery d CROSS JOIN chat c ON c.id = d.chat_id CROSS JOIN place p ON p.id = c.place_id
WHERE d.id > :newest AND (d.state = 'wanted' OR d.state = 'held' AND d.reason = 'paused') ON CONFLICT DO NOTHING

-- name: upto
-- Where a piece of so many subscriptions ends.
SELECT max(id) FROM (SELECT id FROM subscription WHERE id > :reached AND id <= :last ORDER BY id LIMIT :size)

-- name: reached
UPDATE fan_out SET reached = :upto WHERE id = :id

-- name: ended
DELETE FROM fan_out WHERE id = :id

-- name: changed
SELECT post_id, reached FROM changed_post ORDER BY post_id LIMIT 1

-- name: changed_upto
SELECT max(chat_id) FROM (
    SELECT chat_id FROM delivery WHERE post_id = :post AND chat_id > :reached ORDER BY chat_id LIMIT :size)

-- name: mark_messages
-- What stands in a chat, or is about to. A message that was marked before keeps the time that it waits for.
INSERT INTO edit (message_id, platform, due)
SELECT m.id, p.platform, :now
FROM delivery d JOIN message_delivery md ON md.delivery_id = d.id
JOIN message m ON m.id = md.message_id JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
WHERE d.post_id = :post AND d.chat_id > :reached AND d.chat_id <= :upto AND m.kind = 'post'
    AND (NOT m.done OR EXISTS (SELECT 1 FROM part pt WHERE pt.message_id = m.id AND pt.ref IS NOT NULL))
ON CONFLICT (message_id) DO UPDATE SET asked = asked + 1

-- name: changed_reached
UPDATE changed_post SET reached = :upto WHERE post_id = :post

-- name: changed_ended
DELETE FROM changed_post WHERE post_id = :post
