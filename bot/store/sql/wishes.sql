-- name: pause_deliveries
UPDATE delivery SET state = 'held', reason = 'paused', changed = :now
WHERE chat_id = :chat AND state = 'wanted'
    AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.delivery_id = delivery.id)

-- name: set_host
UPDATE place SET host = :user WHERE id = :place AND kind <> 'private'

-- name: forget_host
UPDATE place SET host = '' WHERE platform = :platform AND host = :user

-- name: set_pause
UPDATE chat SET paused_until = :until WHERE id = :chat

-- name: resume_queue
-- What waits for the end of a pause is looked at anew, with the next one too: that may be shorter. A message that was
-- under way goes on at once, unless it waits for something else.
UPDATE queue SET due = :now
WHERE chat_id = :chat AND due = (SELECT paused_until FROM chat WHERE id = :chat)

-- name: want_again
-- What came before the pause waits on for what it waited for; what came meanwhile was held from its first moment on.
UPDATE delivery SET state = 'wanted', reason = '', changed = :now
WHERE chat_id = :chat AND state = 'held' AND reason = 'paused' AND created < changed

-- name: enqueue_pause
-- The end of a pause is something to look at.
INSERT INTO queue (chat_id, due)
SELECT :chat, :now WHERE EXISTS (SELECT 1 FROM delivery d
    WHERE d.chat_id = :chat AND d.state = 'held' AND d.reason = 'paused')
-- It may have waited for the morning, which is later; a repetition keeps its time.
ON CONFLICT (chat_id) DO UPDATE SET due = excluded.due
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done)

-- name: paused_posts
SELECT d.post_id FROM delivery d WHERE d.chat_id = :chat AND d.state = 'held' AND d.reason = 'paused' ORDER BY d.post_id

-- name: unlink_listed
-- A line in a list was not the post itself: it may be sent once more, as that.
DELETE FROM message_delivery WHERE delivery_id IN (
    SELECT d.id FROM delivery d WHERE d.chat_id = :chat AND d.state = 'sent' AND d.reason = 'listed'
        AND d.post_id BETWEEN :first AND :last)

-- name: want_whole
UPDATE delivery SET state = 'wanted', reason = '', whole = 1, changed = :now
WHERE chat_id = :chat AND (state = 'held' AND reason = 'paused' AND (:last = 0 OR post_id BETWEEN :first AND :last)
    OR state = 'sent' AND reason = 'listed' AND post_id BETWEEN :first AND :last)

-- name: hurry_chat
INSERT INTO queue (chat_id, due)
SELECT :chat, :now WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.chat_id = :chat AND (
    d.state = 'wanted' OR d.state = 'held' AND d.reason = 'paused'
        AND EXISTS (SELECT 1 FROM chat c WHERE c.id = :chat AND c.paused_until IS NOT NULL)))
ON CONFLICT (chat_id) DO UPDATE SET due = excluded.due
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done)

-- name: waiting_count
-- What a pause holds that has ended by itself waits too; what a reader's /resume has left held does not.
SELECT count(*) FROM delivery WHERE chat_id = :chat AND (
    state = 'wanted' OR state = 'held' AND reason = 'paused'
        AND EXISTS (SELECT 1 FROM chat c WHERE c.id = :chat AND c.paused_until IS NOT NULL))

-- name: lost
-- Subscriptions with topics of which none is a rule any more, nor a category of its feed, nor of another one that is
-- watched and has it ticked too: the chat may have ticked it for all its feeds. Nobody knows the categories of a feed
-- that was never read, as after an import.
SELECT s.id, s.chat_id, s.feed_id, s.created, f.id AS filter_id, f.topics, f.query
FROM subscription s JOIN filter f ON f.id = s.filter_id JOIN feed fd ON fd.id = s.feed_id
WHERE f.topics <> '[]' AND fd.baseline AND NOT EXISTS (
    SELECT 1 FROM json_each(f.topics) t
    WHERE t.value IN (SELECT value FROM json_each(:rules))
        OR EXISTS (SELECT 1 FROM category c WHERE c.feed_id = s.feed_id AND c.key = t.value AND c.posts)
        OR EXISTS (SELECT 1 FROM subscription o JOIN filter g ON g.id = o.filter_id JOIN feed w ON w.id = o.feed_id
                   WHERE o.chat_id = s.chat_id AND w.active AND t.value IN (SELECT value FROM json_each(g.topics))
                       AND (NOT w.baseline
                            OR EXISTS (SELECT 1 FROM category c WHERE c.feed_id = w.id AND c.key = t.value AND c.posts))))
ORDER BY s.id

-- name: these_chats
SELECT c.id AS chat_id, c.place_id, c.thread, c.language, c.timezone, c.length, c.formulas, c.silent, c.paused_until,
       c.images, c.hashtags, c.cap, c.quiet, c.digest, c.digest_asked, c.options,
       c.created AS chat_created, p.platform, p.ref, p.kind AS place_kind, p.title AS place_title,
       iif(p.closed = '', c.closed, p.closed) AS closed
FROM chat c JOIN place p ON p.id = c.place_id WHERE c.id IN (SELECT value FROM json_each(:ids))

-- name: ask
INSERT OR REPLACE INTO question (platform, ref, thread, asker, command, expires)
VALUES (:platform, :ref, :thread, :asker, :command, :expires)

-- name: asked
DELETE FROM question WHERE platform = :platform AND ref = :ref AND thread = :thread AND asker = :asker
RETURNING command, expires

-- name: forget_questions
DELETE FROM question WHERE expires < :now

-- name: forget_asked
DELETE FROM question WHERE platform = :platform AND ref = :ref AND thread = :thread
