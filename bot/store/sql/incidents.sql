-- name: incidents
-- Those that are open, those whose end is still to be told, and those that were closed lately.
SELECT * FROM incident WHERE closed IS NULL OR closed > :since OR (closed IS NOT NULL AND over IS NULL) ORDER BY id

-- name: open_incidents
SELECT * FROM incident WHERE closed IS NULL ORDER BY id

-- name: open_incident
INSERT INTO incident (kind, subject, facts, opened) VALUES (:kind, :subject, :facts, :now) ON CONFLICT DO NOTHING

-- name: renew_incident
UPDATE incident SET facts = :facts WHERE kind = :kind AND subject = :subject AND closed IS NULL AND told IS NULL

-- name: close_incident
UPDATE incident SET closed = :now WHERE id = :id AND closed IS NULL

-- name: told_incident
UPDATE incident SET told = :now WHERE id = :id

-- name: over_incident
UPDATE incident SET over = :now WHERE id = :id

-- name: closed_places
-- Groups and channels that take nothing any more, with somebody in them who wants posts, and single threads of those
-- that go on; the one without a number is called General. A person who blocks the bot is no trouble. All whose trouble
-- is open are among them, lest it seem over, and so many others in a round.
SELECT * FROM (
SELECT p.platform, p.ref, '' AS thread, p.title, p.closed, p.host FROM place p
WHERE p.closed <> '' AND p.kind <> 'private'
    AND EXISTS (SELECT 1 FROM chat c JOIN subscription s ON s.chat_id = c.id WHERE c.place_id = p.id)
UNION ALL
SELECT p.platform, p.ref, iif(c.thread = '', 'General', c.thread), p.title, c.closed, p.host
FROM chat c JOIN place p ON p.id = c.place_id
WHERE c.closed <> '' AND p.closed = '' AND EXISTS (SELECT 1 FROM subscription s WHERE s.chat_id = c.id)
) AS found ORDER BY EXISTS (
    SELECT 1 FROM incident i WHERE i.kind = 'place' AND i.closed IS NULL
        AND i.subject = found.platform || ':' || found.ref || iif(found.thread = '', '', ':' || found.thread)) DESC
LIMIT 100 + (SELECT count(*) FROM incident WHERE kind = 'place' AND closed IS NULL)

-- name: lost_deliveries
-- As many as of closed places.
SELECT d.post_id, ps.title, p.platform, d.reason, count(*) AS deliveries
FROM delivery d JOIN post ps ON ps.id = d.post_id JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.state = 'dead' AND d.changed > :since GROUP BY d.post_id, p.platform, d.reason
ORDER BY EXISTS (
    SELECT 1 FROM incident i WHERE i.kind = 'delivery' AND i.closed IS NULL
        AND i.subject = d.post_id || ':' || p.platform || ':' || d.reason) DESC
LIMIT 100 + (SELECT count(*) FROM incident WHERE kind = 'delivery' AND closed IS NULL)

-- name: rekeyed
SELECT f.name, f.title, count(DISTINCT d.post_id) AS posts
FROM delivery d JOIN feed_post fp ON fp.post_id = d.post_id JOIN feed f ON f.id = fp.feed_id
WHERE d.state = 'held' AND d.reason = 'rekeyed' GROUP BY f.id

-- name: add_notice
INSERT INTO message (chat_id, kind, created) VALUES (:chat, 'notice', :now) RETURNING id

-- name: add_notice_part
INSERT INTO part (message_id, number, nonce, state, payload, changed)
VALUES (:message, :number, :nonce, 'pending', :payload, :now)

-- name: enqueue_notice
-- A chat that waits for a repetition keeps its time, and the order of its messages; one that is closed waits for its
-- being opened.
INSERT INTO queue (chat_id, due)
SELECT c.id, :now FROM chat c JOIN place p ON p.id = c.place_id WHERE c.id = :chat AND c.closed = '' AND p.closed = ''
ON CONFLICT (chat_id) DO UPDATE SET due = excluded.due
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done AND m.id <> :message)
