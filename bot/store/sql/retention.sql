-- name: forget_refs
UPDATE part SET ref = NULL WHERE id IN (
    SELECT id FROM part WHERE ref IS NOT NULL AND changed < :before LIMIT :most)

-- name: old_deliveries
-- Those of posts that were first seen long ago, unless something of them is still under way. Walks the posts whose
-- deliveries were not forgotten yet, which are few among the old.
SELECT d.id FROM post p CROSS JOIN delivery d ON d.post_id = p.id
WHERE p.retired = 0 AND p.first_seen < :before AND d.changed < :before
    AND NOT EXISTS (SELECT 1 FROM message_delivery md JOIN message m ON m.id = md.message_id
                     WHERE md.delivery_id = d.id AND NOT m.done)
LIMIT :most

-- name: forget_messages
DELETE FROM message
WHERE id IN (SELECT message_id FROM message_delivery WHERE delivery_id IN (SELECT value FROM json_each(:ids)))
    AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.message_id = message.id
                     AND md.delivery_id NOT IN (SELECT value FROM json_each(:ids)))

-- name: forget_deliveries
DELETE FROM delivery WHERE id IN (SELECT value FROM json_each(:ids))

-- name: loose_messages
-- What carries no delivery: notices, and what was taken back. The oldest have the lowest ids.
DELETE FROM message WHERE id IN (
    SELECT m.id FROM (SELECT id, done, created FROM message ORDER BY id LIMIT 2000) m
    WHERE m.done AND m.created < :before
        AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.message_id = m.id) LIMIT :most)

-- name: retiring
SELECT p.id FROM post p WHERE p.retired = 0 AND p.first_seen < :before
    AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id) LIMIT :most

-- name: retire
UPDATE post SET retired = 1 WHERE id IN (SELECT value FROM json_each(:ids))

-- name: forget_verdicts
DELETE FROM verdict WHERE post_id IN (SELECT value FROM json_each(:ids))

-- name: forget_texts
-- What a watched feed still shows stays: it would be written again at the next look.
UPDATE post SET doc = :empty, summary = :empty, retired = 2 WHERE id IN (
    SELECT p.id FROM post p WHERE p.retired = 1 AND p.first_seen < :before
        AND NOT EXISTS (SELECT 1 FROM feed_post fp JOIN feed f ON f.id = fp.feed_id
                         WHERE fp.post_id = p.id AND fp.in_last AND f.active) LIMIT :most)

-- name: forget_incidents
DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE closed < :before AND over IS NOT NULL LIMIT :most)

-- name: forget_ended
DELETE FROM ended_subscription WHERE ended < :before

-- name: forget_filters
-- The words of filters that nobody has and no undo brings back. What says nothing stays: deliveries point to it. It is
-- drawn by chance, so that nobody's words are the same.
UPDATE filter SET query = char(31) || hex(randomblob(16)) WHERE id IN (
    SELECT id FROM filter WHERE query <> '' AND substr(query, 1, 1) <> char(31)
        AND id NOT IN (SELECT filter_id FROM subscription)
        AND id NOT IN (SELECT filter_id FROM ended_subscription) LIMIT :most)
