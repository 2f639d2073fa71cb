-- name: due_heads
-- The chats that may be served now, each with the next thing to do: an open message's next part, else its first
-- wanted delivery. Chats already in hand are left out. Here and below a list is one row of JSON, in no order: for each
-- row more the database's thread would wait for a busy event loop once more.
WITH due AS (
    SELECT q.chat_id, q.due, (
        SELECT pt.id FROM message m JOIN part pt ON pt.message_id = m.id
        WHERE m.chat_id = q.chat_id AND NOT m.done AND pt.state IN ('pending', 'retry', 'uncertain')
        ORDER BY m.id, pt.number LIMIT 1) AS part_id
    FROM queue q CROSS JOIN chat c ON c.id = q.chat_id CROSS JOIN place p ON p.id = c.place_id
    WHERE q.platform = :platform AND q.due <= :now AND p.closed = '' AND c.closed = ''
        AND q.chat_id NOT IN (SELECT value FROM json_each(:busy))
    ORDER BY q.due LIMIT :limit
)
SELECT json_group_array(json_array(
    chat_id, place_id, thread, language, timezone, length, formulas, silent, paused_until, images, hashtags, cap, quiet,
    digest, digest_asked, options, chat_created, platform, ref, place_kind, place_title, closed, due, part_id, delivery_id))
FROM (
    SELECT c.id AS chat_id, c.place_id, c.thread, c.language, c.timezone, c.length, c.formulas, c.silent, c.paused_until,
           c.images, c.hashtags, c.cap, c.quiet, c.digest, c.digest_asked, c.options,
           c.created AS chat_created, p.platform, p.ref, p.kind AS place_kind, p.title AS place_title,
           iif(p.closed = '', c.closed, p.closed) AS closed,
           due.due, due.part_id, iif(due.part_id IS NULL,
               (SELECT d.id FROM delivery d WHERE d.chat_id = due.chat_id AND d.state = 'wanted'
                ORDER BY d.post_id LIMIT 1),
               -- An open message of which nothing is sent is judged again: its chat may have changed its mind.
               (SELECT md.delivery_id FROM part pt JOIN message m ON m.id = pt.message_id
                  JOIN message_delivery md ON md.message_id = m.id
                 WHERE pt.id = due.part_id AND m.kind = 'post'
                   AND NOT EXISTS (SELECT 1 FROM part s WHERE s.message_id = m.id AND s.state = 'sent'))) AS delivery_id
    FROM due JOIN chat c ON c.id = due.chat_id JOIN place p ON p.id = c.place_id)

-- name: parts
SELECT pt.id, pt.message_id, pt.number, pt.nonce, pt.payload, pt.attempts, pt.uncertain, pt.first_try, pt.plain,
       p.platform, p.ref, c.thread
FROM part pt JOIN message m ON m.id = pt.message_id JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
WHERE pt.id IN (SELECT value FROM json_each(:ids))

-- name: wanted
-- What a delivery needs to be written: its post, its verdict, and the filters that its chat has now for that post.
SELECT json_group_array(json_array(id, post_id, filter_id, hits, changed, filters || '', source)) FROM (
    SELECT d.id, d.post_id, d.filter_id, v.hits, ps.changed,
           (SELECT json_group_array(json_array(f.id, json(f.topics), f.query))
              FROM subscription s JOIN feed_post fp ON fp.feed_id = s.feed_id JOIN filter f ON f.id = s.filter_id
             WHERE s.chat_id = d.chat_id AND fp.post_id = d.post_id) AS filters,
           -- Whose post it is: said only where the chat has several feeds.
           iif((SELECT count(*) FROM subscription s WHERE s.chat_id = d.chat_id) > 1,
               (SELECT iif(f.title = '', f.name, f.title)
                  FROM subscription s JOIN feed_post fp ON fp.feed_id = s.feed_id JOIN feed f ON f.id = s.feed_id
                 WHERE s.chat_id = d.chat_id AND fp.post_id = d.post_id ORDER BY fp.first_seen LIMIT 1), '') AS source
    FROM delivery d JOIN post ps ON ps.id = d.post_id
    LEFT JOIN verdict v ON v.post_id = d.post_id AND v.filter_id = d.filter_id
    WHERE d.id IN (SELECT value FROM json_each(:ids)))

-- name: waiting
-- What waits for some chats. After a pause that ended by itself, what it held is among it.
SELECT json_group_array(json_array(chat_id, post_id, id, first_seen, created, paused, whole, flood, lead)) FROM (
    SELECT d.chat_id, d.post_id, d.id, d.created, d.reason = 'paused' AS paused, d.whole, coalesce(d.flood, 0) AS flood,
           ps.first_seen, CASE
               WHEN d.flood IS NULL OR EXISTS (SELECT 1 FROM delivery o
                   WHERE o.chat_id = d.chat_id AND o.flood = d.flood AND o.state IN ('sent', 'dead')) THEN 0
               ELSE (SELECT o.id FROM delivery o
                     WHERE o.chat_id = d.chat_id AND o.flood = d.flood AND o.state = 'wanted'
                     ORDER BY o.post_id DESC LIMIT 1) END AS lead
    FROM (SELECT value AS id FROM json_each(:chats)) w
    JOIN chat c ON c.id = w.id
    JOIN delivery d ON d.id IN (
        SELECT id FROM (
            SELECT x.id, x.post_id FROM delivery x INDEXED BY delivery_wanted
            WHERE x.chat_id = w.id AND x.state = 'wanted'
            UNION ALL
            SELECT x.id, x.post_id FROM delivery x INDEXED BY delivery_held
            WHERE x.chat_id = w.id AND x.state = 'held' AND x.reason = 'paused' AND c.paused_until IS NOT NULL)
        ORDER BY post_id LIMIT :most)
    JOIN post ps ON ps.id = d.post_id)

-- name: pushed
SELECT m.chat_id, m.created FROM message m
WHERE m.kind = 'post' AND m.created >= :since AND m.chat_id IN (SELECT value FROM json_each(:chats))

-- name: flood_size
SELECT f.posts FROM flood f JOIN delivery d ON d.flood = f.id WHERE d.id = :delivery

-- name: next_due
SELECT q.due FROM queue q CROSS JOIN chat c ON c.id = q.chat_id CROSS JOIN place p ON p.id = c.place_id
WHERE q.platform = :platform AND p.closed = '' AND c.closed = '' AND q.chat_id NOT IN (SELECT value FROM json_each(:busy))
ORDER BY q.due LIMIT 1

-- name: put_off
SELECT count(*) FROM queue q CROSS JOIN chat c ON c.id = q.chat_id CROSS JOIN place p ON p.id = c.place_id
WHERE q.platform = :platform AND p.closed = '' AND c.closed = '' AND EXISTS (
    SELECT 1 FROM message m JOIN part t ON t.message_id = m.id
    WHERE m.chat_id = c.id AND NOT m.done AND t.state IN ('retry', 'uncertain'))

-- name: newest_message
SELECT coalesce(max(id), 0) FROM message

-- name: claim_messages
-- Each delivery is judged again inside the claim: still wanted, its place open, its subscription as it was read.
INSERT INTO message (chat_id, kind, created)
SELECT d.chat_id, 'post', :now
FROM json_each(:bids) j CROSS JOIN delivery d ON d.id = json_extract(j.value, '$[0]')
JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.state = 'wanted' AND p.closed = '' AND c.closed = '' AND coalesce(c.paused_until, 0) <= :now
    AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.delivery_id = d.id)
    -- What was written out before its post changed would not be found among the messages to edit.
    AND (SELECT changed FROM post WHERE id = d.post_id) = json_extract(j.value, '$[2]')
    AND EXISTS (SELECT 1 FROM subscription s JOIN feed_post fp ON fp.feed_id = s.feed_id
                 WHERE s.chat_id = d.chat_id AND fp.post_id = d.post_id
                     AND s.filter_id = json_extract(j.value, '$[1]'))

-- name: claimed_messages
-- In one row: each row more is a turn in which the event loop has to let the database's thread.
SELECT json_group_array(json_array(chat_id, id)) FROM message WHERE id > :newest

-- name: link_deliveries
INSERT INTO message_delivery (message_id, delivery_id)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:links)

-- name: claim_list
-- A list is judged again inside the claim, as a post is: unless each of its deliveries is still to be had, none is.
INSERT INTO message (chat_id, kind, created)
SELECT c.id, :kind, :now FROM chat c JOIN place p ON p.id = c.place_id
WHERE c.id = :chat AND p.closed = '' AND c.closed = '' AND coalesce(c.paused_until, 0) <= :now
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = c.id AND NOT m.done)
    AND (SELECT count(*) FROM json_each(:carried)) = (
        SELECT count(*) FROM json_each(:carried) j JOIN delivery d ON d.id = json_extract(j.value, '$[0]')
        WHERE d.chat_id = c.id AND (d.state = 'wanted' OR d.state = 'held' AND d.reason = 'paused')
            AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.delivery_id = d.id)
            AND EXISTS (SELECT 1 FROM subscription s JOIN feed_post fp ON fp.feed_id = s.feed_id
                         WHERE s.chat_id = d.chat_id AND fp.post_id = d.post_id
                             AND s.filter_id = json_extract(j.value, '$[1]')))
RETURNING id

-- name: link_list
INSERT INTO message_delivery (message_id, delivery_id, part)
SELECT :message, json_extract(value, '$[0]'), json_extract(value, '$[2]') FROM json_each(:carried)

-- name: want_list
-- A pause's deliveries keep that reason until they are sent: taken back, they come as a list again.
UPDATE delivery SET state = 'wanted', changed = :now
WHERE state = 'held' AND id IN (SELECT json_extract(value, '$[0]') FROM json_each(:carried))

-- name: set_filters
UPDATE delivery SET filter_id = w.filter
FROM (SELECT json_extract(value, '$[0]') AS delivery, json_extract(value, '$[1]') AS filter FROM json_each(:why)) w
WHERE delivery.id = w.delivery AND delivery.filter_id <> w.filter

-- name: add_parts
-- What many chats get comes once: :texts has each payload with what names it.
WITH text AS MATERIALIZED (
    SELECT key, json_extract(value, '$[0]') AS payload, json_extract(value, '$[1]') AS mark FROM json_each(:texts))
INSERT INTO part (message_id, number, nonce, state, payload, mark, attempts, first_try, changed)
SELECT json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'),
       iif(json_extract(j.value, '$[1]') = 0, 'sending', 'pending'), text.payload, text.mark,
       json_extract(j.value, '$[1]') = 0, iif(json_extract(j.value, '$[1]') = 0, :now, NULL), :now
FROM json_each(:parts) j CROSS JOIN text ON text.key = json_extract(j.value, '$[3]')

-- name: first_parts
SELECT json_group_object(message_id, id) FROM part
WHERE number = 0 AND message_id IN (SELECT value FROM json_each(:messages))

-- name: claim_part
UPDATE part SET state = 'sending', attempts = attempts + 1, first_try = coalesce(first_try, :now), changed = :now
WHERE id = :part AND state IN ('pending', 'retry', 'uncertain')
    AND EXISTS (SELECT 1 FROM message m JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
                 WHERE m.id = part.message_id AND p.closed = '' AND c.closed = ''
                     AND coalesce(c.paused_until, 0) <= :now)
    -- :delivery is null for what is no post, and for a message that is partly there: that one is finished.
    AND (:delivery IS NULL OR EXISTS (
        SELECT 1 FROM delivery d JOIN feed_post fp ON fp.post_id = d.post_id
        JOIN subscription s ON s.feed_id = fp.feed_id AND s.chat_id = d.chat_id
        WHERE d.id = :delivery AND d.state = 'wanted' AND s.filter_id = :filter))

-- name: note_attempts
INSERT INTO attempt (place_id, at)
SELECT p.id, json_extract(j.value, '$[2]')
FROM json_each(:made) j CROSS JOIN place p
    ON p.platform = json_extract(j.value, '$[0]') AND p.ref = json_extract(j.value, '$[1]')

-- name: add_verdicts
INSERT INTO verdict (post_id, filter_id, hits)
SELECT d.post_id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]')
FROM json_each(:why) j CROSS JOIN delivery d ON d.id = json_extract(j.value, '$[0]')
WHERE true ON CONFLICT DO NOTHING

-- name: forget_attempts
DELETE FROM attempt WHERE at < :before

-- name: attempts
SELECT p.ref, a.at FROM attempt a JOIN place p ON p.id = a.place_id
WHERE p.platform = :platform AND a.at >= :since ORDER BY a.at

-- name: record_parts
UPDATE part SET state = r.state, reason = r.reason, ref = coalesce(r.ref, part.ref), uncertain = r.uncertain,
    changed = :now, payload = iif(r.state IN ('sent', 'dead'), NULL, payload)
FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS state,
             json_extract(value, '$[2]') AS reason, json_extract(value, '$[3]') AS ref,
             json_extract(value, '$[4]') AS uncertain FROM json_each(:records)) r
WHERE part.id = r.id

-- name: step_down
UPDATE part SET plain = 1, payload = :payload, mark = :mark WHERE id = :part

-- name: finish_messages
UPDATE message SET done = 1 WHERE id IN (SELECT value FROM json_each(:messages)) AND NOT done
    AND NOT EXISTS (SELECT 1 FROM part pt WHERE pt.message_id = message.id AND pt.state NOT IN ('sent', 'dead'))

-- name: finish_deliveries
UPDATE delivery SET changed = :now, (state, reason) = (
    SELECT iif(max(pt.state = 'dead'), 'dead', 'sent'),
           coalesce(max(iif(pt.state = 'dead', pt.reason, NULL)),
                    max(CASE m.kind WHEN 'digest' THEN 'digest' WHEN 'summary' THEN 'listed' ELSE '' END), '')
    FROM message_delivery md JOIN message m ON m.id = md.message_id
    JOIN part pt ON pt.message_id = md.message_id AND (md.part IS NULL OR pt.number = md.part)
    WHERE md.delivery_id = delivery.id)
WHERE id IN (SELECT md.delivery_id FROM message_delivery md JOIN message m ON m.id = md.message_id
              WHERE m.done AND md.message_id IN (SELECT value FROM json_each(:messages)))

-- name: drop_rest
-- A part that is dead takes the parts behind it along: half a text helps nobody. Those of a list stand for themselves.
UPDATE part SET state = 'dead', reason = 'an earlier part failed', payload = NULL, changed = :now
WHERE message_id = :message AND state IN ('pending', 'retry', 'uncertain')
    AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.message_id = :message AND md.part IS NOT NULL)

-- name: postpone
-- A pause is read here, in the transaction: one that has just ended must not be prolonged by what was read before.
UPDATE queue SET due = max(w.due, coalesce((SELECT paused_until FROM chat WHERE id = w.chat), 0))
FROM (SELECT json_extract(value, '$[0]') AS chat, json_extract(value, '$[1]') AS due FROM json_each(:waits)) w
WHERE queue.chat_id = w.chat

-- name: leave_queue
DELETE FROM queue WHERE chat_id IN (SELECT value FROM json_each(:chats))
    AND NOT EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_wanted
                     WHERE d.chat_id = queue.chat_id AND d.state = 'wanted')
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done)
    AND NOT EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_held JOIN chat c ON c.id = d.chat_id
                     WHERE d.chat_id = queue.chat_id AND d.state = 'held' AND d.reason = 'paused'
                         AND c.paused_until IS NOT NULL)

-- name: drop_delivery
UPDATE delivery SET state = :state, reason = :reason, changed = :now WHERE id = :delivery AND state = 'wanted'

-- name: drop_parts
UPDATE part SET state = 'dead', reason = :reason, payload = NULL, changed = :now
WHERE state IN ('pending', 'retry', 'uncertain')
    AND message_id IN (SELECT message_id FROM message_delivery WHERE delivery_id = :delivery)

-- name: drop_message
UPDATE message SET done = 1 WHERE id IN (SELECT message_id FROM message_delivery WHERE delivery_id = :delivery)

-- name: recover
-- After a crash: what was under way may have arrived. Once more at most; a second uncertainty is said, not sent.
UPDATE part SET
    state = iif(uncertain >= :most, 'dead', 'uncertain'), reason = iif(uncertain >= :most, 'unconfirmed', 'interrupted'),
    uncertain = uncertain + 1, changed = :now, payload = iif(uncertain >= :most, NULL, payload)
WHERE id IN (
    SELECT pt.id FROM part pt INDEXED BY part_sending
    JOIN message m ON m.id = pt.message_id JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
    WHERE pt.state = 'sending' AND p.platform = :platform)
RETURNING message_id, state

-- name: requeue_all
INSERT INTO queue (chat_id, due)
SELECT DISTINCT m.chat_id, :now FROM message m JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
WHERE NOT m.done AND p.closed = '' AND c.closed = '' ON CONFLICT DO NOTHING

-- name: hold
-- Requests that were under way together may be refused with different times.
INSERT INTO meta (key, value) VALUES ('hold:' || :platform, :until)
ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))

-- name: held
SELECT value FROM meta WHERE key = 'hold:' || :platform

-- name: set_queue_back
-- What waits for a time of the day is asked again when it comes too early. The end of a pause stays the one by which
-- /resume knows it.
UPDATE queue SET due = due - :by WHERE platform = :platform AND due > :now
    AND due IS NOT (SELECT paused_until FROM chat WHERE id = chat_id)

-- name: set_attempts_back
UPDATE attempt SET at = at - :by
WHERE at > :now AND place_id IN (SELECT id FROM place WHERE platform = :platform)

-- name: set_hold_back
UPDATE meta SET value = CAST(CAST(value AS INTEGER) - :by AS TEXT)
WHERE key = 'hold:' || :platform AND CAST(value AS INTEGER) > :now

-- name: set_edits_back
UPDATE edit SET due = due - :by WHERE platform = :platform AND due > :now
