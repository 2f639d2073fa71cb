-- name: queue
SELECT (SELECT count(*) FROM delivery WHERE state = 'wanted') AS wanted,
       (SELECT count(*) FROM delivery WHERE state = 'held') AS held,
       (SELECT count(*) FROM queue WHERE due <= :now) AS due,
       (SELECT min(due) FROM queue WHERE due <= :now AND due > 0) AS oldest

-- name: post_count
SELECT count(*) FROM post

-- name: chats
SELECT p.platform, p.closed = '' AND c.closed = '' AS open, count(*) AS chats
FROM place p JOIN chat c ON c.place_id = p.id GROUP BY p.platform, open

-- name: active_chats
SELECT p.platform, count(DISTINCT c.id) AS chats
FROM place p JOIN chat c ON c.place_id = p.id JOIN subscription s ON s.chat_id = c.id
WHERE p.closed = '' AND c.closed = '' GROUP BY p.platform

-- name: topics
-- A chat that chose a topic of several feeds counts once.
WITH chosen (filter_id, topic) AS MATERIALIZED (
    SELECT f.id, t.value FROM filter f, json_each(iif(f.topics = '[]', '[""]', f.topics)) t
)
SELECT chosen.topic, count(DISTINCT s.chat_id) AS chats
FROM subscription s JOIN chosen ON chosen.filter_id = s.filter_id GROUP BY chosen.topic ORDER BY chats DESC, chosen.topic

-- name: category_names
SELECT key, name FROM category WHERE key IN (SELECT value FROM json_each(:keys))

-- name: days
-- A count a day, each over a stretch of the index.
WITH RECURSIVE day (number) AS (
    SELECT (:since + :shift) / 86400000 UNION ALL SELECT number + 1 FROM day WHERE number < (:now + :shift) / 86400000
), state (name) AS (VALUES ('sent'), ('dead'))
SELECT day.number AS day, state.name AS state, (
    SELECT count(*) FROM delivery d WHERE d.state = state.name AND d.state IN ('sent', 'dead')
        AND d.changed >= day.number * 86400000 - :shift
        AND d.changed < (day.number + 1) * 86400000 - :shift) AS deliveries
FROM day CROSS JOIN state

-- name: newest_posts
-- The newest that anybody was to get; what stood in the blog before the bot came is not among them.
SELECT p.id, p.title, p.link, p.first_seen,
       (SELECT iif(f.title = '', f.name, f.title) FROM feed_post fp JOIN feed f ON f.id = fp.feed_id
         WHERE fp.post_id = p.id ORDER BY fp.first_seen, fp.feed_id LIMIT 1) AS feed,
       (SELECT json_group_array(feed_id) FROM feed_post fp WHERE fp.post_id = p.id) AS feeds
FROM post p
WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id)
ORDER BY p.id DESC LIMIT :limit

-- name: outcomes
-- Each part over an index that holds all it needs, or that is short.
SELECT post_id, state, reason, count(*) AS deliveries FROM delivery INDEXED BY delivery_fate
WHERE state IN ('sent', 'dead', 'dropped') AND post_id IN (SELECT value FROM json_each(:ids))
GROUP BY post_id, state, reason
UNION ALL
SELECT post_id, 'wanted', '', count(*) FROM delivery INDEXED BY delivery_wanted
WHERE state = 'wanted' AND post_id IN (SELECT value FROM json_each(:ids)) GROUP BY post_id
UNION ALL
SELECT post_id, 'held', reason, count(*) FROM delivery INDEXED BY delivery_held
WHERE state = 'held' AND post_id IN (SELECT value FROM json_each(:ids)) GROUP BY post_id, reason

-- name: subscribed
-- A chat that has several of the feeds gets a post that is in all of them once.
SELECT count(DISTINCT chat_id) AS chats FROM subscription WHERE feed_id IN (SELECT value FROM json_each(:feeds))

-- name: arrivals
SELECT p.platform, d.changed, ps.first_seen, ps.published
FROM delivery d JOIN post ps ON ps.id = d.post_id JOIN chat c ON c.id = d.chat_id JOIN place p ON p.id = c.place_id
WHERE d.state = 'sent' AND d.reason = '' AND d.changed > :since ORDER BY d.changed LIMIT :limit
