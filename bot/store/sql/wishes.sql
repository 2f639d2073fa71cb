-- name: pause_deliveries
UPDATE delivery SET state = 'held', reason = 'paused', changed = :now
WHERE chat_id = :chat AND state = 'wanted'
    AND NOT EXISTS (SELECT 1 FROM message_delivery md WHERE md.delivery_id = delivery.id)

-- name: set_pause
UPDATE chat SET paused_until = :until WHERE id = :chat

-- name: resume_queue
-- A message that was under way goes on at once, unless it waits for something else than the pause.
UPDATE queue SET due = :now
WHERE chat_id = :chat AND due = (SELECT paused_until FROM chat WHERE id = :chat)

-- name: enqueue_pause
-- The end of a pause is something to look at.
INSERT INTO queue (chat_id, due)
SELECT :chat, :now WHERE EXISTS (SELECT 1 FROM delivery d
    WHERE d.chat_id = :chat AND d.state = 'held' AND d.reason = 'paused')
ON CONFLICT DO NOTHING

-- name: paused_posts
SELECT d.post_id FROM delivery d WHERE d.chat_id = :chat AND d.state = 'held' AND d.reason = 'paused' ORDER BY d.post_id

-- name: unlink_listed
-- A line in a list was not the post itself: it may be sent once more, as that.
DELETE FROM message_delivery WHERE delivery_id IN (
    SELECT d.id FROM delivery d WHERE d.chat_id = :chat AND d.state = 'sent' AND d.reason = 'listed'
        AND d.post_id BETWEEN :first AND :last)

-- name: want_whole
UPDATE delivery SET state = 'wanted', reason = '', whole = 1, changed = :now
WHERE chat_id = :chat AND (state = 'held' AND reason = 'paused'
    OR state = 'sent' AND reason = 'listed' AND post_id BETWEEN :first AND :last)

-- name: hurry_chat
INSERT INTO queue (chat_id, due)
SELECT :chat, :now WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.chat_id = :chat AND d.state = 'wanted')
ON CONFLICT (chat_id) DO UPDATE SET due = excluded.due
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.chat_id = queue.chat_id AND NOT m.done)

-- name: waiting_count
SELECT count(*) FROM delivery WHERE chat_id = :chat AND state = 'wanted'

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
