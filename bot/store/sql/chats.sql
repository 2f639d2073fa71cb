-- name: chat
SELECT c.id AS chat_id, c.place_id, c.thread, c.language, c.timezone, c.length, c.formulas, c.silent, c.paused_until,
       c.images, c.hashtags, c.cap, c.quiet, c.digest, c.digest_asked, c.options,
       c.created AS chat_created, p.platform, p.ref, p.kind AS place_kind, p.title AS place_title,
       iif(p.closed = '', c.closed, p.closed) AS closed
FROM chat c JOIN place p ON p.id = c.place_id
WHERE p.platform = :platform AND p.ref = :ref AND c.thread = :thread

-- name: chats
SELECT c.id AS chat_id, c.place_id, c.thread, c.language, c.timezone, c.length, c.formulas, c.silent, c.paused_until,
       c.images, c.hashtags, c.cap, c.quiet, c.digest, c.digest_asked, c.options,
       c.created AS chat_created, p.platform, p.ref, p.kind AS place_kind, p.title AS place_title,
       iif(p.closed = '', c.closed, p.closed) AS closed
FROM chat c JOIN place p ON p.id = c.place_id ORDER BY c.id

-- name: open_place
INSERT INTO place (platform, ref, kind, title) VALUES (:platform, :ref, :kind, :title)
ON CONFLICT (platform, ref) DO UPDATE SET
    kind = excluded.kind, title = iif(excluded.title = '', title, excluded.title), closed = ''
RETURNING id

-- name: add_chat
INSERT INTO chat (place_id, thread, language, timezone, created)
VALUES (:place, :thread, :language, :timezone, :now) ON CONFLICT DO NOTHING

-- name: save_chat
UPDATE chat SET language = :language, timezone = :timezone, length = :length, formulas = :formulas, silent = :silent,
    paused_until = :paused_until, images = :images, hashtags = :hashtags, cap = :cap, quiet = :quiet, digest = :digest,
    digest_asked = :digest_asked, options = :options
WHERE id = :id

-- name: forget_chat
DELETE FROM chat WHERE id = :id RETURNING place_id

-- name: forget_place
DELETE FROM place WHERE id = :place AND NOT EXISTS (SELECT 1 FROM chat WHERE place_id = :place)

-- name: end_pause
-- A chat that waits in the queue for the end of its pause is looked at again, whatever the pause is from now on.
UPDATE queue SET due = 0 WHERE chat_id = :id AND due = (SELECT paused_until FROM chat WHERE id = :id)

-- name: wake_chat
-- Settings decide when a chat is looked at; one that waits for a repetition keeps its time.
UPDATE queue SET due = 0
WHERE chat_id = :id AND NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = :id AND NOT m.done)

-- name: close_place
UPDATE place SET closed = :reason WHERE platform = :platform AND ref = :ref AND closed <> :reason

-- name: hold_place
UPDATE delivery SET state = 'held', reason = :reason, changed = :now
WHERE state = 'wanted' AND chat_id IN (
    SELECT c.id FROM chat c JOIN place p ON p.id = c.place_id
    WHERE p.platform = :platform AND p.ref = :ref AND (:thread IS NULL OR c.thread = :thread))

-- name: unqueue_place
DELETE FROM queue WHERE chat_id IN (
    SELECT c.id FROM chat c JOIN place p ON p.id = c.place_id
    WHERE p.platform = :platform AND p.ref = :ref AND (:thread IS NULL OR c.thread = :thread))

-- name: rest_parts
-- The time for which a place is closed does not count as time for which its messages could not be sent.
UPDATE part SET attempts = 0, first_try = NULL
WHERE state IN ('pending', 'retry', 'uncertain') AND message_id IN (
    SELECT m.id FROM message m JOIN chat c ON c.id = m.chat_id JOIN place p ON p.id = c.place_id
    WHERE p.platform = :platform AND p.ref = :ref AND (:thread IS NULL OR c.thread = :thread))

-- name: close_chat
UPDATE chat SET closed = :reason
WHERE thread = :thread AND place_id = (SELECT id FROM place WHERE platform = :platform AND ref = :ref)

-- name: reopen_chats
-- One thread; with the place itself, also those that were closed only as far as we may write in them.
UPDATE chat SET closed = '' WHERE place_id = :place AND (thread = :thread OR :thread = '' AND closed = 'thread_closed')

-- name: want_place
UPDATE delivery SET state = 'wanted', reason = '', changed = :now
WHERE state = 'held' AND reason NOT IN ('rekeyed', 'paused')
    AND chat_id IN (SELECT id FROM chat WHERE place_id = :place AND closed = '')

-- name: enqueue_place
-- The end of a pause is something to look at.
INSERT INTO queue (chat_id, due)
SELECT c.id, :now FROM chat c WHERE c.place_id = :place AND c.closed = '' AND (
    EXISTS (SELECT 1 FROM delivery d WHERE d.chat_id = c.id AND d.state = 'wanted')
    OR c.paused_until IS NOT NULL
        AND EXISTS (SELECT 1 FROM delivery d WHERE d.chat_id = c.id AND d.state = 'held' AND d.reason = 'paused')
    OR EXISTS (SELECT 1 FROM message m WHERE m.chat_id = c.id AND NOT m.done))
ON CONFLICT DO NOTHING

-- name: place
SELECT id FROM place WHERE platform = :platform AND ref = :ref

-- name: forget_refs
-- What was sent to the old id stays there: in the new place the same numbers are other messages.
UPDATE part SET ref = NULL WHERE ref IS NOT NULL AND message_id IN (
    SELECT m.id FROM message m JOIN chat c ON c.id = m.chat_id WHERE c.place_id = :place)

-- name: rename_place
UPDATE place SET ref = :new WHERE id = :place

-- name: reopen_place
-- The platform itself leads there.
UPDATE place SET closed = '' WHERE id = :place

-- name: want_paused
-- A pause ends with the chat that made it: one that is not paused would never say what it kept.
UPDATE delivery SET state = 'wanted', reason = '', changed = :now
WHERE chat_id = :from AND state = 'held' AND reason = 'paused'
    AND EXISTS (SELECT 1 FROM chat WHERE id = :from AND paused_until IS NOT NULL)
    AND EXISTS (SELECT 1 FROM chat WHERE id = :into AND paused_until IS NULL)

-- name: merge_deliveries
-- Both places have the post: what was sent in either counts.
UPDATE delivery SET state = 'sent', changed = :now,
    reason = (SELECT o.reason FROM delivery o WHERE o.chat_id = :from AND o.post_id = delivery.post_id)
WHERE state <> 'sent' AND chat_id = :into
    AND post_id IN (SELECT post_id FROM delivery WHERE chat_id = :from AND state = 'sent')

-- name: adopt_messages
-- Both chats wait for the post, and only the old one has begun: what it began is gone on with.
UPDATE message_delivery SET delivery_id = (
    SELECT new.id FROM delivery old JOIN delivery new ON new.post_id = old.post_id AND new.chat_id = :into
    WHERE old.id = message_delivery.delivery_id)
WHERE delivery_id IN (
    SELECT old.id FROM delivery old JOIN delivery new ON new.post_id = old.post_id AND new.chat_id = :into
    WHERE old.chat_id = :from AND old.state IN ('wanted', 'held') AND new.state IN ('wanted', 'held')
        AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.delivery_id = new.id))

-- name: want_adopted
-- What was begun is finished, whatever its new chat holds back.
UPDATE delivery SET state = 'wanted', reason = '', changed = :now
WHERE chat_id = :into AND state = 'held' AND reason = 'paused' AND EXISTS (
    SELECT 1 FROM message_delivery md JOIN message m ON m.id = md.message_id
    WHERE md.delivery_id = delivery.id AND NOT m.done)

-- name: cancel_merged
-- Open messages of posts that were sent in the other chat, or that the new chat has decided about.
DELETE FROM message WHERE NOT done AND kind = 'post' AND id IN (
    SELECT md.message_id FROM message_delivery md JOIN delivery d ON d.id = md.delivery_id
    WHERE (d.chat_id = :into AND d.state = 'sent')
        OR (d.chat_id = :from AND d.post_id IN (SELECT post_id FROM delivery WHERE chat_id = :into)))

-- name: move_deliveries
UPDATE OR IGNORE delivery SET chat_id = :into WHERE chat_id = :from

-- name: move_subscriptions
UPDATE OR IGNORE subscription SET chat_id = :into WHERE chat_id = :from

-- name: move_messages
UPDATE message SET chat_id = :into WHERE chat_id = :from

-- name: move_chats
UPDATE OR IGNORE chat SET place_id = :into WHERE place_id = :from

-- name: chats_left
SELECT old.id AS old_id, new.id AS new_id FROM chat old JOIN chat new ON new.thread = old.thread
WHERE old.place_id = :from AND new.place_id = :into

-- name: add_filter
INSERT INTO filter (topics, query) VALUES (:topics, :query)
ON CONFLICT (topics, query) DO UPDATE SET query = excluded.query RETURNING id

-- name: subscribe
INSERT INTO subscription (chat_id, feed_id, filter_id, created) VALUES (:chat, :feed, :filter, :now)
ON CONFLICT (chat_id, feed_id) DO UPDATE SET filter_id = excluded.filter_id
RETURNING id, created

-- name: unsubscribe
DELETE FROM subscription WHERE chat_id = :chat AND feed_id = :feed

-- name: remember_subscription
INSERT OR REPLACE INTO ended_subscription (chat_id, feed_id, filter_id, ended)
SELECT chat_id, feed_id, filter_id, :now FROM subscription WHERE chat_id = :chat AND feed_id = :feed

-- name: ended_subscription
SELECT f.topics, f.query, e.ended FROM ended_subscription e JOIN filter f ON f.id = e.filter_id
WHERE e.chat_id = :chat AND e.feed_id = :feed

-- name: just_ended
SELECT feed_id FROM ended_subscription
WHERE chat_id = :chat AND ended = (SELECT max(ended) FROM ended_subscription WHERE chat_id = :chat)

-- name: forget_ended
DELETE FROM ended_subscription WHERE chat_id = :chat AND feed_id = :feed

-- name: enqueue_chat
INSERT INTO queue (chat_id, due)
SELECT :chat, :now WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.chat_id = :chat AND d.state = 'wanted')
ON CONFLICT DO NOTHING

-- name: take_back_messages
-- Messages of which nothing can have arrived, and that no remaining subscription of the chat covers. They go without a
-- trace, so that [Undo] may begin them again.
DELETE FROM message
WHERE chat_id = :chat AND NOT done AND kind = 'post'
    AND NOT EXISTS (SELECT 1 FROM part pt WHERE pt.message_id = message.id
                     AND (pt.state IN ('sending', 'sent') OR pt.uncertain > 0))
    AND NOT EXISTS (
        SELECT 1 FROM message_delivery md JOIN delivery d ON d.id = md.delivery_id
        JOIN feed_post fp ON fp.post_id = d.post_id JOIN subscription s ON s.feed_id = fp.feed_id
        WHERE md.message_id = message.id AND s.chat_id = :chat)

-- name: take_back_lists
-- A list of which nothing can have arrived is written anew: the chat's wishes have changed.
DELETE FROM message
WHERE chat_id = :chat AND NOT done AND kind IN ('digest', 'summary')
    AND NOT EXISTS (SELECT 1 FROM part pt WHERE pt.message_id = message.id
                     AND (pt.state IN ('sending', 'sent') OR pt.uncertain > 0))

-- name: cancel_messages
-- Likewise, where something may have arrived: that is not begun again. Nor is a list of which nothing is wanted.
UPDATE message SET done = 1
WHERE chat_id = :chat AND NOT done AND kind <> 'notice'
    AND NOT EXISTS (SELECT 1 FROM part pt WHERE pt.message_id = message.id AND pt.state IN ('sending', 'sent'))
    AND NOT EXISTS (
        SELECT 1 FROM message_delivery md JOIN delivery d ON d.id = md.delivery_id
        JOIN feed_post fp ON fp.post_id = d.post_id JOIN subscription s ON s.feed_id = fp.feed_id
        WHERE md.message_id = message.id AND s.chat_id = :chat)

-- name: cancel_parts
UPDATE part SET state = 'dead', reason = 'unsubscribed', payload = NULL, changed = :now
WHERE state IN ('pending', 'retry', 'uncertain')
    AND message_id IN (SELECT id FROM message WHERE chat_id = :chat AND done)

-- name: drop_unsubscribed
-- What no remaining subscription of the chat covers, and is not under way. What the operator has to decide about stays
-- with the operator: the claim drops it.
UPDATE delivery SET state = 'dropped', reason = 'unsubscribed', changed = :now
WHERE chat_id = :chat AND (state = 'wanted' OR state = 'held' AND reason <> 'rekeyed')
    AND NOT EXISTS (SELECT 1 FROM message_delivery md JOIN message m ON m.id = md.message_id
                     WHERE md.delivery_id = delivery.id AND NOT m.done)
    AND NOT EXISTS (
        SELECT 1 FROM subscription s JOIN feed_post fp ON fp.feed_id = s.feed_id
        WHERE s.chat_id = :chat AND fp.post_id = delivery.post_id)

-- name: want_again
UPDATE delivery SET state = 'wanted', reason = '', changed = :now
WHERE chat_id = :chat AND state = 'dropped' AND reason = 'unsubscribed' AND changed >= :ended
    AND post_id IN (SELECT post_id FROM feed_post WHERE feed_id = :feed)
    -- What was tried before may have arrived: it is not begun again.
    AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.delivery_id = delivery.id)

-- name: subscriptions
SELECT s.id, s.chat_id, s.feed_id, s.created, f.id AS filter_id, f.topics, f.query
FROM subscription s JOIN filter f ON f.id = s.filter_id WHERE s.chat_id = :chat ORDER BY s.id

-- name: delivery
SELECT d.id, d.post_id, d.state, d.reason, d.created, d.changed, p.title, p.link, v.hits
FROM delivery d JOIN post p ON p.id = d.post_id
LEFT JOIN verdict v ON v.post_id = d.post_id AND v.filter_id = d.filter_id
WHERE d.chat_id = :chat AND d.post_id = :post

-- name: deliveries
SELECT d.id, d.post_id, d.state, d.reason, d.created, d.changed, p.title, p.link, v.hits
FROM delivery d JOIN post p ON p.id = d.post_id
LEFT JOIN verdict v ON v.post_id = d.post_id AND v.filter_id = d.filter_id
WHERE d.chat_id = :chat ORDER BY d.id DESC LIMIT :limit

-- name: counts
SELECT (SELECT count(*) FROM chat) AS chats, (SELECT count(*) FROM subscription) AS subscriptions,
       (SELECT count(*) FROM post) AS posts,
       (SELECT count(*) FROM delivery WHERE state = 'wanted') AS wanted,
       (SELECT count(*) FROM delivery WHERE state = 'held') AS held,
       (SELECT count(*) FROM delivery WHERE state = 'dead') AS dead,
       (SELECT count(*) FROM delivery WHERE state = 'sent') AS sent

-- name: operators
SELECT platform, user_ref FROM operator

-- name: add_operator
INSERT INTO operator (platform, user_ref, since) VALUES (:platform, :user, :now) ON CONFLICT DO NOTHING

-- name: get_meta
SELECT value FROM meta WHERE key = :key

-- name: set_meta
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: drop_meta
DELETE FROM meta WHERE key = :key

-- name: store_update
INSERT INTO inbox (platform, update_id, body) VALUES (:platform, :update, :body) ON CONFLICT DO NOTHING

-- name: open_updates
SELECT update_id, body FROM inbox WHERE platform = :platform AND NOT done ORDER BY update_id

-- name: update_done
UPDATE inbox SET done = 1, body = '' WHERE platform = :platform AND update_id = :update

-- name: prune_inbox
-- Telegram keeps updates for a day and never repeats one below the offset: a thousand marks are plenty.
DELETE FROM inbox WHERE platform = :platform AND done AND update_id < (
    SELECT max(update_id) - 1000 FROM inbox WHERE platform = :platform)
