-- Times are whole milliseconds since 1970 UTC. Lists and documents are JSON.
-- AUTOINCREMENT where rows are deleted: an answer that comes late, for a chat that was deleted meanwhile, must not meet
-- its id in somebody else's message.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE feed (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    asked         TEXT NOT NULL,                -- the address as it was configured
    url           TEXT NOT NULL,                -- where permanent redirects have led since
    kind          TEXT NOT NULL,
    title         TEXT NOT NULL DEFAULT '',
    home          TEXT NOT NULL DEFAULT '',
    language      TEXT NOT NULL DEFAULT '',
    from_config   INTEGER NOT NULL DEFAULT 1,   -- 1 where the operator named it: then it may lead to allowed addresses
    in_config     INTEGER NOT NULL DEFAULT 0,   -- 1 where it stands in the file, and is paused when it no longer does
    active        INTEGER NOT NULL DEFAULT 1,
    baseline      INTEGER NOT NULL DEFAULT 0,   -- 1 once a well-formed document was seen
    etag          TEXT,
    last_modified TEXT,
    body_hash     TEXT,
    next_check    INTEGER NOT NULL DEFAULT 0,
    last_check    INTEGER,
    last_ok       INTEGER,
    last_new      INTEGER,
    interval      REAL,                         -- seconds; null lets the blog's rhythm decide
    pace          TEXT NOT NULL DEFAULT '',
    trouble_name  TEXT,                         -- null while the last look was good
    trouble_cause TEXT,
    trouble_since INTEGER,
    trouble_count INTEGER
) STRICT;
CREATE INDEX feed_due ON feed (next_check) WHERE active;

CREATE TABLE post (
    id         INTEGER PRIMARY KEY,             -- also the order of deliveries: given at commit
    title      TEXT NOT NULL,
    link       TEXT,
    doc        TEXT NOT NULL,
    summary    TEXT NOT NULL,
    published  INTEGER,
    first_seen INTEGER NOT NULL,
    changed    INTEGER NOT NULL,
    tags       TEXT NOT NULL,
    authors    TEXT NOT NULL,
    image      TEXT,
    gist       TEXT NOT NULL,
    bare       INTEGER NOT NULL DEFAULT 0,      -- 1 where it came with neither title nor text, and has none yet
    lent       INTEGER NOT NULL DEFAULT 0,      -- what its own page says, not its feed: 1 title + 2 text + 4 image
    retired    INTEGER NOT NULL DEFAULT 0       -- 1 once its deliveries were pruned, 2 once its text was: nobody gets it
) STRICT;
CREATE INDEX post_retiring ON post (retired, first_seen) WHERE retired < 2;

-- One key may belong to several posts: keys are evidence, not proof. Guids are scoped to their feed, the others to 0.
CREATE TABLE post_key (
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    feed_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL REFERENCES post ON DELETE CASCADE,
    PRIMARY KEY (kind, value, feed_id, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_key_post ON post_key (post_id);

CREATE TABLE feed_post (
    feed_id    INTEGER NOT NULL REFERENCES feed,
    post_id    INTEGER NOT NULL REFERENCES post ON DELETE CASCADE,
    first_seen INTEGER NOT NULL,
    in_last    INTEGER NOT NULL,                -- 1 if it stood in the feed's last good document
    old        INTEGER NOT NULL DEFAULT 0,      -- 1 where it was no news when the feed showed it first: at its baseline
    PRIMARY KEY (feed_id, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_post_post ON feed_post (post_id);
-- With the column itself, without which SQLite would rather read all posts that the feed ever showed.
CREATE INDEX feed_post_last ON feed_post (feed_id, in_last) WHERE in_last;

-- The entries of each feed's last good document by a hash of their raw text, so that they need not be read again.
CREATE TABLE slice (
    feed_id INTEGER PRIMARY KEY REFERENCES feed,
    entries TEXT NOT NULL                       -- a line for each column: slices, posts, dates, [sketch, guid, link, title]
) STRICT;

CREATE TABLE category (
    feed_id INTEGER NOT NULL REFERENCES feed,
    key     TEXT NOT NULL,
    name    TEXT NOT NULL,
    posts   INTEGER NOT NULL,
    PRIMARY KEY (feed_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (
    id       INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    ref      TEXT NOT NULL,                     -- the platform's id of the chat or channel
    kind     TEXT NOT NULL,
    title    TEXT NOT NULL DEFAULT '',
    closed   TEXT NOT NULL DEFAULT '',          -- why nothing can be sent there; empty while open
    host     TEXT NOT NULL DEFAULT '',          -- the user who connected it, to be told when it closes
    UNIQUE (platform, ref)
) STRICT;

CREATE TABLE chat (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id     INTEGER NOT NULL REFERENCES place,
    thread       TEXT NOT NULL DEFAULT '',
    language     TEXT NOT NULL,
    timezone     TEXT NOT NULL,
    length       INTEGER NOT NULL DEFAULT 480,
    formulas     TEXT NOT NULL DEFAULT 'unicode',
    silent       INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER,
    created      INTEGER NOT NULL,
    images       TEXT NOT NULL DEFAULT 'below', -- above, off
    hashtags     INTEGER NOT NULL DEFAULT 1,
    cap          INTEGER NOT NULL DEFAULT 0,
    quiet        TEXT NOT NULL DEFAULT '',      -- 23:00-08:00, the chat's own time
    digest       TEXT NOT NULL DEFAULT '',      -- daily 08:00, weekly mon 08:00
    digest_asked INTEGER,
    options      TEXT NOT NULL DEFAULT '[]',    -- what one platform alone knows
    closed       TEXT NOT NULL DEFAULT '',      -- why nothing can be sent to this thread alone; empty while open
    UNIQUE (place_id, thread)
) STRICT;

CREATE TABLE filter (
    id     INTEGER PRIMARY KEY,
    topics TEXT NOT NULL,
    query  TEXT NOT NULL,
    UNIQUE (topics, query)
) STRICT;

CREATE TABLE subscription (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id   INTEGER NOT NULL REFERENCES chat ON DELETE CASCADE,
    feed_id   INTEGER NOT NULL REFERENCES feed,
    filter_id INTEGER NOT NULL REFERENCES filter,
    created   INTEGER NOT NULL,
    UNIQUE (chat_id, feed_id)
) STRICT;
CREATE INDEX subscription_feed ON subscription (feed_id, filter_id, chat_id);

-- What [Undo] brings back.
CREATE TABLE ended_subscription (
    chat_id   INTEGER NOT NULL REFERENCES chat ON DELETE CASCADE,
    feed_id   INTEGER NOT NULL REFERENCES feed,
    filter_id INTEGER NOT NULL REFERENCES filter,
    ended     INTEGER NOT NULL,
    PRIMARY KEY (chat_id, feed_id)
) STRICT, WITHOUT ROWID;

-- Why a filter let a post through; read when the message is written and by /why.
CREATE TABLE verdict (
    post_id   INTEGER NOT NULL REFERENCES post ON DELETE CASCADE,
    filter_id INTEGER NOT NULL REFERENCES filter,
    hits      TEXT NOT NULL,
    PRIMARY KEY (post_id, filter_id)
) STRICT, WITHOUT ROWID;

-- Many new posts at once: each chat gets its newest one whole and the others in a list.
CREATE TABLE flood (
    id      INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feed,
    posts   INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE delivery (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id   INTEGER NOT NULL REFERENCES post,
    chat_id   INTEGER NOT NULL REFERENCES chat ON DELETE CASCADE,
    filter_id INTEGER NOT NULL REFERENCES filter,
    state     TEXT NOT NULL,                    -- wanted held sent dropped dead
    reason    TEXT NOT NULL DEFAULT '',
    created   INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    flood     INTEGER REFERENCES flood,
    whole     INTEGER NOT NULL DEFAULT 0,       -- 1 where a reader asked for the post itself, not a line in a list
    UNIQUE (post_id, chat_id)
) STRICT;
CREATE INDEX delivery_held ON delivery (chat_id, post_id) WHERE state = 'held';
CREATE INDEX delivery_flood ON delivery (chat_id, flood) WHERE flood IS NOT NULL;
CREATE INDEX delivery_wanted ON delivery (chat_id, post_id) WHERE state = 'wanted';
CREATE INDEX delivery_chat ON delivery (chat_id, id);
-- For the status page; the making of many deliveries at once touches neither.
CREATE INDEX delivery_done ON delivery (state, changed) WHERE state IN ('sent', 'dead');
CREATE INDEX delivery_fate ON delivery (post_id, state, reason) WHERE state IN ('sent', 'dead', 'dropped');

-- A post that so many chats want that their deliveries are made little by little, so that others can write in between.
CREATE TABLE fan_out (
    id      INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES post ON DELETE CASCADE,
    feed_id INTEGER NOT NULL REFERENCES feed,
    passed  TEXT NOT NULL,                      -- the filters that let it through
    judged  TEXT NOT NULL,                      -- all filters that there were
    held    TEXT NOT NULL,
    flood   INTEGER REFERENCES flood,
    last    INTEGER NOT NULL,                   -- the youngest subscription that there was: later ones get later posts
    reached INTEGER NOT NULL                    -- the youngest subscription that was dealt with
) STRICT;

-- The chats that have something to send, and when to look at them next.
CREATE TABLE queue (
    chat_id  INTEGER PRIMARY KEY REFERENCES chat ON DELETE CASCADE,
    due      INTEGER NOT NULL,
    platform TEXT NOT NULL DEFAULT ''           -- its chat's: a platform that stands still must not be walked over
) STRICT;
CREATE INDEX queue_due ON queue (platform, due);
CREATE TRIGGER queue_platform AFTER INSERT ON queue WHEN new.platform = '' BEGIN
    UPDATE queue SET platform = (
        SELECT p.platform FROM chat c JOIN place p ON p.id = c.place_id WHERE c.id = new.chat_id)
    WHERE chat_id = new.chat_id;
END;

CREATE TABLE message (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL REFERENCES chat ON DELETE CASCADE,
    kind    TEXT NOT NULL,
    done    INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX message_chat ON message (chat_id, created);
CREATE INDEX message_open ON message (chat_id, id) WHERE NOT done;

CREATE TABLE message_delivery (
    message_id  INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    delivery_id INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE,
    part        INTEGER,                        -- which part names it; null where the whole message is about it
    PRIMARY KEY (message_id, delivery_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_delivery_delivery ON message_delivery (delivery_id);

CREATE TABLE part (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    nonce      TEXT NOT NULL,
    state      TEXT NOT NULL,                   -- pending sending sent retry uncertain dead
    payload    TEXT,                            -- null once it is settled
    plain      INTEGER NOT NULL DEFAULT 0,      -- 1 once it was stepped down to plain text
    attempts   INTEGER NOT NULL DEFAULT 0,
    uncertain  INTEGER NOT NULL DEFAULT 0,
    first_try  INTEGER,
    changed    INTEGER NOT NULL,
    ref        TEXT,                            -- the platform's id of what was sent
    mark       TEXT NOT NULL DEFAULT '',        -- names what it shows, to tell whether an edit would show anything else
    edits      INTEGER NOT NULL DEFAULT 0,      -- how often it was edited
    reason     TEXT NOT NULL DEFAULT '',
    UNIQUE (message_id, number)
) STRICT;
CREATE INDEX part_sending ON part (id) WHERE state = 'sending';
CREATE INDEX part_ref ON part (changed) WHERE ref IS NOT NULL;

-- Posts whose text has changed: the messages about them are marked piece by piece, as deliveries are made.
CREATE TABLE changed_post (
    post_id INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE,
    reached INTEGER NOT NULL DEFAULT 0          -- the youngest chat that was dealt with
) STRICT;

-- Messages whose post has changed since they were written: to be edited when nothing else is to be sent.
CREATE TABLE edit (
    message_id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
    platform   TEXT NOT NULL,
    due        INTEGER NOT NULL,
    asked      INTEGER NOT NULL DEFAULT 1,      -- how often its post has changed since
    attempts   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX edit_due ON edit (platform, due);

-- Requests of the last minutes, from which pacing is rebuilt after a restart.
CREATE TABLE attempt (
    place_id INTEGER NOT NULL REFERENCES place ON DELETE CASCADE,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_at ON attempt (at);

CREATE TABLE inbox (
    platform  TEXT NOT NULL,
    update_id INTEGER NOT NULL,
    body      TEXT NOT NULL,
    done      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (platform, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_open ON inbox (platform, update_id) WHERE NOT done;

-- What a chat was asked, and of whom an answer is awaited.
CREATE TABLE question (
    platform TEXT NOT NULL,
    ref      TEXT NOT NULL,
    thread   TEXT NOT NULL,
    asker    TEXT NOT NULL,
    command  TEXT NOT NULL,
    expires  INTEGER NOT NULL,
    PRIMARY KEY (platform, ref, thread, asker)
) STRICT, WITHOUT ROWID;

-- What stopped posts from flowing: told to the operators once, and again when it is over.
CREATE TABLE incident (
    id      INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,                      -- which feed, place, platform or post
    facts   TEXT NOT NULL,                      -- what the words about it need: a JSON object of strings
    opened  INTEGER NOT NULL,
    told    INTEGER,
    closed  INTEGER,
    over    INTEGER                             -- when its end was told, or was not worth telling
) STRICT;
CREATE UNIQUE INDEX incident_open ON incident (kind, subject) WHERE closed IS NULL;
CREATE INDEX incident_closed ON incident (closed) WHERE closed IS NOT NULL;

CREATE TABLE operator (
    platform TEXT NOT NULL,
    user_ref TEXT NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (platform, user_ref)
) STRICT, WITHOUT ROWID;
