-- name: add_feed
INSERT INTO feed (name, asked, url, kind, title, interval, from_config, in_config, next_check)
VALUES (:name, :url, :url, :kind, :title, :interval, :from_config, :in_config, :next_check)
ON CONFLICT (name) DO UPDATE SET
    -- A new address starts with no validators: those of the old one mean nothing to it.
    etag          = iif(asked = excluded.asked, etag, NULL),
    last_modified = iif(asked = excluded.asked, last_modified, NULL),
    body_hash     = iif(asked = excluded.asked, body_hash, NULL),
    -- One that is back is due at once, but for what its server was promised: an hour, or the rest that it asked for.
    next_check    = CASE WHEN asked <> excluded.asked THEN excluded.next_check WHEN active THEN next_check
        ELSE max(excluded.next_check, min(next_check, coalesce(last_check, 0) + 3600000),
                 CAST(coalesce(iif(json_valid(pace), json_extract(pace, '$.hold'), 0), 0) * 1000 AS INTEGER)) END,
    url           = iif(asked = excluded.asked, url, excluded.url),
    pace          = iif(asked = excluded.asked, pace, ''),
    trouble_name  = iif(asked = excluded.asked, trouble_name, NULL),
    asked = excluded.asked,
    -- What the operator said of a feed stands, whoever else asks for it; unless it was taken out since.
    kind     = iif(excluded.from_config OR NOT active, excluded.kind, kind),
    interval = iif(excluded.from_config OR NOT active, excluded.interval, interval),
    from_config = max(excluded.from_config, from_config AND active),
    in_config = max(in_config, excluded.in_config), active = 1
RETURNING id

-- name: asleep_at
-- A paused feed that is added again by its address goes on under its own name, with what it showed and who reads it.
SELECT name FROM feed f WHERE NOT active AND :url IN (asked, url)
    AND NOT EXISTS (SELECT 1 FROM feed o WHERE o.name = :url AND o.id <> f.id) ORDER BY id LIMIT 1

-- name: pause_missing
UPDATE feed SET active = 0, in_config = 0 WHERE in_config AND name NOT IN (SELECT value FROM json_each(:names))

-- name: pause_feed
UPDATE feed SET active = 0 WHERE id = :id AND active

-- name: left_behind
SELECT f.name, count(DISTINCT s.chat_id) AS chats
FROM feed f JOIN subscription s ON s.feed_id = f.id WHERE NOT f.active GROUP BY f.id ORDER BY f.id LIMIT 100

-- name: rename_incidents
-- What is wrong with a feed is not over because it is called otherwise.
UPDATE OR IGNORE incident SET subject = :name
WHERE closed IS NULL AND kind IN ('feed', 'asleep', 'silent', 'held') AND subject = (SELECT name FROM feed WHERE id = :id)

-- name: rename_feed
UPDATE feed SET name = :name WHERE id = :id

-- name: all_feeds
SELECT * FROM feed ORDER BY id

-- name: active_feeds
SELECT * FROM feed WHERE active ORDER BY id

-- name: this_feed
SELECT * FROM feed WHERE id = :id

-- name: these_feeds
SELECT * FROM feed WHERE id IN (SELECT value FROM json_each(:ids))

-- name: due_feeds
SELECT * FROM feed WHERE active AND next_check <= :now ORDER BY next_check LIMIT :limit

-- name: set_feeds_back
-- A feed that was looked at later than now: its next look keeps its distance from that one.
UPDATE feed SET next_check = next_check - (last_check - :now), last_check = :now WHERE last_check > :latest

-- name: next_check
SELECT min(next_check) FROM feed WHERE active

-- name: save_feed
UPDATE feed SET
    url = :url, title = :title, kind = :kind, active = :active, baseline = :baseline, etag = :etag,
    last_modified = :last_modified, body_hash = :body_hash, next_check = :next_check, last_check = :last_check,
    last_ok = :last_ok, last_new = :last_new, interval = :interval, home = :home, language = :language, pace = :pace,
    trouble_name = :trouble_name, trouble_cause = :trouble_cause, trouble_since = :trouble_since,
    trouble_count = :trouble_count
WHERE id = :id

-- name: last
-- As one text: each row that is fetched lets Python's lock go and takes it again.
SELECT group_concat(post_id) FROM feed_post WHERE feed_id = :feed AND in_last

-- name: known
-- Every post that shares a key with the document, with its keys, and some others.
WITH hit AS (
    SELECT k.post_id, 1 AS named FROM json_each(:keys) w CROSS JOIN post_key k
        ON k.kind = w.value ->> 0 AND k.value = w.value ->> 1 AND k.feed_id = iif(w.value ->> 0 = 'guid', :feed, 0)
    UNION ALL
    SELECT value, 0 FROM json_each(:others)
)
-- A post that its feed gave no title has none here, whatever its own page said.
SELECT p.id, iif(p.lent & 1, '', p.title) AS title, p.gist, p.published,
       fp.post_id IS NOT NULL AS here, coalesce(fp.in_last, 0) AS in_last,
       -- No entry of the document bears a key of the others: nobody will ask for them.
       iif(hit.named, (SELECT json_group_array(json_array(k.kind, k.value)) FROM post_key k
         WHERE k.post_id = p.id AND k.feed_id IN (0, :feed)), NULL) AS keys
FROM (SELECT post_id, max(named) AS named FROM hit GROUP BY post_id) hit CROSS JOIN post p ON p.id = hit.post_id
LEFT JOIN feed_post fp ON fp.feed_id = :feed AND fp.post_id = p.id

-- name: add_post
INSERT INTO post (title, link, doc, summary, published, first_seen, changed, tags, authors, image, gist, bare, lent)
VALUES (:title, :link, :doc, :summary, :published, :now, :now, :tags, :authors, :image, :gist, :bare, :lent)

-- name: update_post
-- What a post's own page lent it (1 title, 2 text, 4 image) stays while the feed lacks it still.
UPDATE post SET title = iif(lent & :lacks & 1, title, :title), link = :link, doc = iif(lent & :lacks & 2, doc, :doc),
    summary = :summary, changed = :now, tags = :tags, image = iif(lent & :lacks & 4, image, :image), gist = :gist,
    lent = lent & :lacks, retired = min(retired, 1)
WHERE id = :id
    -- The feed that showed a post first speaks for it: another one's excerpt must not replace the full text.
    AND :feed = (SELECT feed_id FROM feed_post WHERE post_id = :id ORDER BY first_seen, feed_id LIMIT 1)
    AND (title, coalesce(link, ''), doc, summary, tags, coalesce(image, ''), lent)
    IS NOT (iif(lent & :lacks & 1, title, :title), coalesce(:link, ''), iif(lent & :lacks & 2, doc, :doc), :summary,
        :tags, coalesce(iif(lent & :lacks & 4, image, :image), ''), lent & :lacks)

-- name: note_changes
-- Their messages are looked for once this is committed.
INSERT INTO changed_post (post_id)
SELECT p.id FROM post p
WHERE p.id IN (SELECT value FROM json_each(:posts)) AND p.changed = :now
    AND EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id)
ON CONFLICT (post_id) DO UPDATE SET reached = 0

-- name: filled
-- Drafts that leaked and have become posts.
UPDATE post SET bare = 0
WHERE bare AND id IN (SELECT value FROM json_each(:posts)) AND (title, doc, summary) IS NOT ('', :empty, :empty)
RETURNING id, first_seen

-- name: add_key
INSERT INTO post_key (kind, value, feed_id, post_id)
VALUES (:kind, :value, iif(:kind = 'guid', :feed, 0), :post) ON CONFLICT DO NOTHING

-- name: leave_last
UPDATE feed_post SET in_last = 0 WHERE feed_id = :feed AND post_id = :post

-- name: knows
SELECT 1 FROM json_each(:keys) w JOIN post_key k
    ON k.kind = json_extract(w.value, '$[0]') AND k.value = json_extract(w.value, '$[1]')
    AND k.feed_id = iif(k.kind = 'guid', :feed, 0)
WHERE EXISTS (SELECT 1 FROM feed_post fp WHERE fp.feed_id = :feed AND fp.post_id = k.post_id)
LIMIT 1

-- name: slices
SELECT feed_id, entries FROM slice WHERE feed_id IN (SELECT value FROM json_each(:feeds))

-- name: remember
INSERT INTO slice (feed_id, entries) VALUES (:feed, :entries)
ON CONFLICT (feed_id) DO UPDATE SET entries = excluded.entries

-- name: see_post
INSERT INTO feed_post (feed_id, post_id, first_seen, in_last) VALUES (:feed, :post, :now, 1)
ON CONFLICT (feed_id, post_id) DO UPDATE SET in_last = 1

-- name: mark_old
UPDATE feed_post SET old = 1 WHERE feed_id = :feed AND post_id IN (SELECT value FROM json_each(:posts))

-- name: add_category
INSERT INTO category (feed_id, key, name, posts) VALUES (:feed, :key, :name, 1)
ON CONFLICT (feed_id, key) DO UPDATE SET posts = posts + 1, name = iif(posts, name, excluded.name)

-- name: name_category
-- Nothing was seen of it, so it is not offered.
INSERT INTO category (feed_id, key, name, posts) VALUES (:feed, :key, :name, 0) ON CONFLICT DO NOTHING

-- name: categories
-- At most 200 of each feed, in the order in which the feeds are given.
SELECT key, name FROM (
    SELECT w.key AS place, c.key, c.name, row_number() OVER (PARTITION BY w.key ORDER BY c.posts DESC, c.name) AS rank
    FROM json_each(:feeds) w CROSS JOIN category c ON c.feed_id = w.value AND c.posts)
WHERE rank <= 200 ORDER BY place, rank

-- name: called
-- A look-up for each key and feed, up to the first feed that has it: blogs have thousands of categories.
SELECT k.value AS key, (SELECT c.name FROM json_each(:feeds) w CROSS JOIN category c
    ON c.feed_id = w.value AND c.key = k.value LIMIT 1) AS name
FROM json_each(:keys) k

-- name: feed_filters
-- Of 20,000 subscriptions the index alone is read.
SELECT f.id AS filter_id, f.topics, f.query
FROM (SELECT DISTINCT filter_id FROM subscription WHERE feed_id = :feed) s CROSS JOIN filter f ON f.id = s.filter_id

-- name: add_flood
INSERT INTO flood (feed_id, posts, created) VALUES (:feed, :posts, :now) RETURNING id

-- name: search
-- A first sieve: what folding alone would find is not looked for, and what stands in a link's address is found too.
-- Sorted are numbers: whole posts would be carried along, with all their texts.
WITH found AS MATERIALIZED (
    SELECT p.id, min(coalesce(p.published, p.first_seen), p.first_seen) AS at
    FROM post p
    WHERE p.id IN (SELECT post_id FROM feed_post WHERE feed_id IN (SELECT value FROM json_each(:feeds)))
        AND NOT EXISTS (
            SELECT 1 FROM json_each(:words) w WHERE NOT EXISTS (
                SELECT 1 FROM json_each(w.value) v
                WHERE p.title LIKE v.value ESCAPE '!' OR p.tags LIKE v.value ESCAPE '!' OR p.doc LIKE v.value ESCAPE '!'
                    OR p.summary LIKE v.value ESCAPE '!'))
    ORDER BY at DESC, p.id DESC LIMIT :limit OFFSET :skip
)
SELECT p.*, (SELECT group_concat(feed_id) FROM
                (SELECT feed_id FROM feed_post WHERE post_id = p.id ORDER BY first_seen, feed_id)) AS feeds
FROM found CROSS JOIN post p ON p.id = found.id ORDER BY found.at DESC, p.id DESC

-- name: posts_by_id
SELECT p.*, (SELECT group_concat(feed_id) FROM
                (SELECT feed_id FROM feed_post WHERE post_id = p.id ORDER BY first_seen, feed_id)) AS feeds
FROM post p WHERE p.id IN (SELECT value FROM json_each(:ids))

-- name: latest
-- A post that was there before the bot came is as new as it says; a later one as the bot's first look at it.
WITH found AS MATERIALIZED (
    SELECT p.id, min(coalesce(p.published, p.first_seen), p.first_seen) AS at
    FROM post p
    WHERE p.id IN (SELECT post_id FROM feed_post WHERE feed_id IN (SELECT value FROM json_each(:feeds)))
    ORDER BY at DESC, p.id DESC LIMIT :limit
)
SELECT p.*, (SELECT group_concat(feed_id) FROM
                (SELECT feed_id FROM feed_post WHERE post_id = p.id ORDER BY first_seen, feed_id)) AS feeds
FROM found CROSS JOIN post p ON p.id = found.id ORDER BY found.at DESC, p.id DESC

-- name: old
SELECT post_id, max(first_seen = (SELECT min(o.first_seen) FROM feed_post o WHERE o.feed_id = fp.feed_id)) AS first
FROM feed_post fp
WHERE old AND post_id IN (SELECT value FROM json_each(:posts)) AND feed_id IN (SELECT value FROM json_each(:feeds))
GROUP BY post_id

-- name: post_by_link
SELECT p.*, (SELECT group_concat(feed_id) FROM
                (SELECT feed_id FROM feed_post WHERE post_id = p.id ORDER BY first_seen, feed_id)) AS feeds
FROM post p JOIN post_key k ON k.post_id = p.id
WHERE k.kind = 'link' AND k.feed_id = 0 AND k.value = :value ORDER BY p.id DESC LIMIT 1

-- name: post_by_exact_link
SELECT p.*, (SELECT group_concat(feed_id) FROM
                (SELECT feed_id FROM feed_post WHERE post_id = p.id ORDER BY first_seen, feed_id)) AS feeds
FROM post p WHERE p.link = :link ORDER BY p.id DESC LIMIT 1
