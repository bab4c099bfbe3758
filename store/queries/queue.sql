-- The statements of the claimable queues: classic_seller_queue, organization_inventory_sync_queue and job_queue.
--
-- store/queue.py fills in the words in braces from a fixed list of tables, never from outside:
--   table       the queue
--   claimable   the statuses that its *_due index covers: pending, and completed where rows recur
--   allowed     that the row is about nothing that was taken down (store/takedowns.py)
--   candidates  one of the due_* statements below
--   base, cap   the shortest and the longest backoff
-- A name that ends in a table's name is that table's own form of the statement.
--
-- Whoever finishes a row names it by primary key and token only. A further `status = 'processing'` would make the
-- planner walk the partial index on leases, dead entries and all, at half the speed. The token alone says enough:
-- every transition makes it grow, so no two holders ever have the same.
-- Every time is the database's: a worker's clock decides nothing.

-- claim --
-- Lease candidates to a worker; the attempt counts from here on, so that a crash is an attempt, too.
-- MATERIALIZED, and an array instead of a join, so that whatever the planner believes about the table, the limit
-- holds and rows are found by primary key.
WITH candidate AS MATERIALIZED (
    {candidates}
),
claimed AS (
    UPDATE {table} q
    SET status = 'processing',
        attempts = q.attempts + 1,
        token = q.token + 1,
        lease_until = now() + %(lease)s::interval,
        locked_by = %(worker)s,
        updated_at = now()
    WHERE q.id = ANY (ARRAY (SELECT id FROM candidate))
    RETURNING q.*
)
SELECT * FROM claimed ORDER BY priority, next_run_at, id;

-- due --
-- The rows that are due, the lowest priority number first, then the oldest slot.
-- One index walk per priority in use, each ended by the limit: a single walk over all priorities would pass every
-- row that is not due yet before it came to the next priority's. CTE rows arrive in the order they were made.
WITH RECURSIVE level (priority) AS (
    (SELECT q.priority FROM {table} q WHERE {claimable} ORDER BY q.priority LIMIT 1)
    UNION ALL
    SELECT (
        SELECT q.priority FROM {table} q
        WHERE {claimable} AND q.priority > level.priority
        ORDER BY q.priority LIMIT 1
    )
    FROM level
    WHERE level.priority IS NOT NULL
)
SELECT due.id
FROM level
CROSS JOIN LATERAL (
    SELECT q.id FROM {table} q
    WHERE {claimable} AND q.priority = level.priority AND q.next_run_at <= now() AND q.attempts < q.max_attempts
      AND {allowed}
    ORDER BY q.next_run_at, q.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) due
LIMIT %(limit)s

-- due_task --
-- The same for one task of the job queue, on an index that begins with the task.
WITH RECURSIVE level (priority) AS (
    (SELECT q.priority FROM {table} q WHERE {claimable} AND q.task = %(task)s ORDER BY q.priority LIMIT 1)
    UNION ALL
    SELECT (
        SELECT q.priority FROM {table} q
        WHERE {claimable} AND q.task = %(task)s AND q.priority > level.priority
        ORDER BY q.priority LIMIT 1
    )
    FROM level
    WHERE level.priority IS NOT NULL
)
SELECT due.id
FROM level
CROSS JOIN LATERAL (
    SELECT q.id FROM {table} q
    WHERE {claimable} AND q.task = %(task)s AND q.priority = level.priority
      AND q.next_run_at <= now() AND q.attempts < q.max_attempts
    ORDER BY q.next_run_at, q.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) due
LIMIT %(limit)s

-- due_organization --
-- The schedules of one organization: those that are due, or all; `after` as in due_all.
SELECT q.id FROM {table} q
WHERE {claimable} AND q.organization_id = %(organization_id)s AND q.id > %(after)s
  AND (q.next_run_at <= now() OR NOT %(only_due)s) AND q.attempts < q.max_attempts AND {allowed}
ORDER BY q.id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED

-- due_all --
-- Every claimable row, due or not, by id: pass the last id as `after`, and one run takes each row once at most.
SELECT q.id FROM {table} q
WHERE {claimable} AND q.id > %(after)s AND q.attempts < q.max_attempts AND {allowed}
ORDER BY q.id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED

-- complete_classic_seller_queue --
-- The profile is read; it is due again in 30 days.
UPDATE {table} q
SET status = 'completed',
    attempts = 0,
    token = q.token + 1,
    next_run_at = now() + interval '30 days',
    lease_until = NULL,
    locked_by = NULL,
    last_error = NULL,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- complete_organization_inventory_sync_queue --
-- The walk is done; the schedule moves on to its next slot.
-- The slots of a row lie on a fixed grid, `every` apart and shifted by a hash of the row's key: so they never drift,
-- organizations spread over the whole interval, and slots that were missed need no catching up. The next slot is the
-- first one that is at least a quarter of `every` away, so that a late run is not followed by one on its heels.
UPDATE {table} q
SET status = 'completed',
    attempts = 0,
    token = q.token + 1,
    last_run_at = now(),
    next_run_at = (
        SELECT to_timestamp(
            shift.seconds
            + step.seconds * ceil((extract(epoch FROM now()) + step.seconds / 4 - shift.seconds) / step.seconds)
        )
        FROM (SELECT extract(epoch FROM q.every)::double precision AS seconds) step
        CROSS JOIN LATERAL (
            SELECT floor(
                step.seconds * ('x' || left(md5(q.organization_id || q.run_mode), 8))::bit(32)::bigint / 4294967296
            ) AS seconds
        ) shift
    ),
    lease_until = NULL,
    locked_by = NULL,
    last_error = NULL,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- complete_job_queue --
-- The task is done; the row stays, until it is pruned, as the record of it.
UPDATE {table} q
SET status = 'completed',
    token = q.token + 1,
    lease_until = NULL,
    locked_by = NULL,
    last_error = NULL,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- skip --
-- There is nothing to do for the row, now or later: a page that is gone, a task that has lost its object.
UPDATE {table} q
SET status = 'skipped',
    token = q.token + 1,
    lease_until = NULL,
    locked_by = NULL,
    last_error = %(reason)s,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- fail --
-- The attempt failed: back to pending after a backoff, or dead where attempts are used up or a repeat cannot help.
-- The backoff doubles up to the cap and is drawn at random from `base` to there ("full jitter"), so that what failed
-- together does not come back together. A Retry-After stands above it, up to 30 days.
UPDATE {table} q
SET status = CASE WHEN %(permanent)s OR q.attempts >= q.max_attempts THEN 'dead' ELSE 'pending' END,
    token = q.token + 1,
    next_run_at = now() + CASE
        WHEN %(retry_after)s::interval IS NULL
        THEN {base} + random() * (least({cap}, {base} * 2 ^ least(q.attempts, 30)) - {base})
        ELSE least(greatest(%(retry_after)s::interval, interval '0'), interval '30 days')
    END,
    lease_until = NULL,
    locked_by = NULL,
    last_error = %(error)s,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- snooze --
-- The other side asked to wait (429, 503 with Retry-After): later again, and the attempt does not count.
UPDATE {table} q
SET status = 'pending',
    attempts = greatest(q.attempts - 1, 0),
    token = q.token + 1,
    next_run_at = now() + least(greatest(%(delay)s::interval, interval '0'), interval '30 days'),
    lease_until = NULL,
    locked_by = NULL,
    last_error = coalesce(%(reason)s, q.last_error),
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- extend --
-- A heartbeat: the lease runs anew from now. The token stays, since the holder does.
UPDATE {table} q
SET lease_until = now() + %(lease)s::interval,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- release --
-- A worker that is told to stop gives back what it has not finished, as if it had never been claimed.
UPDATE {table} q
SET status = 'pending',
    attempts = greatest(q.attempts - 1, 0),
    token = q.token + 1,
    lease_until = NULL,
    locked_by = NULL,
    updated_at = now()
FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) held (id, token)
WHERE q.id = held.id AND q.token = held.token
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- sweep --
-- Take back leases that ran out: the worker crashed or hangs. Pending again at once, for it has waited for a whole
-- lease, or dead where attempts are used up. A row that is just being finished is locked, and so passed over.
WITH expired AS MATERIALIZED (
    SELECT q.id FROM {table} q
    WHERE q.status = 'processing' AND q.lease_until < now()
    ORDER BY q.lease_until
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE {table} q
SET status = CASE WHEN q.attempts >= q.max_attempts THEN 'dead' ELSE 'pending' END,
    token = q.token + 1,
    next_run_at = least(q.next_run_at, now()),
    last_error = 'the lease of ' || q.locked_by || ' ran out in attempt ' || q.attempts,
    lease_until = NULL,
    locked_by = NULL,
    updated_at = now()
WHERE q.id = ANY (ARRAY (SELECT id FROM expired))
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- redrive --
-- Dead rows get all their attempts again; `ids` names them, null means the oldest ones.
WITH dead AS MATERIALIZED (
    SELECT q.id FROM {table} q
    WHERE q.status = 'dead' AND (%(ids)s::bigint[] IS NULL OR q.id = ANY (%(ids)s::bigint[]))
    ORDER BY q.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE {table} q
SET status = 'pending',
    attempts = 0,
    token = q.token + 1,
    next_run_at = now(),
    updated_at = now()
WHERE q.id = ANY (ARRAY (SELECT id FROM dead))
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- redrive_job_queue --
-- The same for jobs, whose key is unique while open: a dead job is skipped where its key is open again or where a
-- younger dead one has it.
WITH dead AS MATERIALIZED (
    SELECT q.id,
           EXISTS (
               SELECT FROM {table} other
               WHERE other.task = q.task AND other.idempotency_key = q.idempotency_key
                 AND (other.status IN ('pending', 'processing') OR (other.status = 'dead' AND other.id > q.id))
           ) AS superseded
    FROM {table} q
    WHERE q.status = 'dead' AND (%(ids)s::bigint[] IS NULL OR q.id = ANY (%(ids)s::bigint[]))
    ORDER BY q.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE {table} q
SET status = CASE WHEN dead.superseded THEN 'skipped' ELSE 'pending' END,
    attempts = CASE WHEN dead.superseded THEN q.attempts ELSE 0 END,
    token = q.token + 1,
    next_run_at = now(),
    updated_at = now()
FROM dead
WHERE q.id = dead.id
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- prune_job_queue --
-- Delete one batch of finished jobs that are older than `age`. A once-ever job stays: its row is its key's memory.
WITH finished AS MATERIALIZED (
    SELECT q.id FROM {table} q
    WHERE q.status IN ('completed', 'skipped') AND NOT q.once AND q.updated_at < now() - %(age)s::interval
    ORDER BY q.updated_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM {table} q
WHERE q.id = ANY (ARRAY (SELECT id FROM finished))
RETURNING q.id, q.status, q.attempts, q.next_run_at;

-- enqueue_job_queue --
-- Add jobs inside the caller's transaction; a key that is open, or once-ever and known, is passed over in silence.
-- In the order of the keys, so that two transactions that add the same jobs wait for each other and do not deadlock.
INSERT INTO {table} (task, idempotency_key, payload, once, priority, max_attempts, next_run_at)
SELECT job.task, job.idempotency_key, job.payload, job.once, job.priority, job.max_attempts, now() + job.delay
FROM unnest(
    %(tasks)s::text[], %(keys)s::text[], %(payloads)s::jsonb[], %(onces)s::boolean[], %(priorities)s::smallint[],
    %(max_attempts)s::integer[], %(delays)s::interval[]
) job (task, idempotency_key, payload, once, priority, max_attempts, delay)
ORDER BY job.task, job.idempotency_key
ON CONFLICT DO NOTHING
RETURNING id, status, attempts, next_run_at;

-- depths --
-- What an operator watches: how much waits, how long the oldest due row has waited, what is leased, lost and dead.
-- Each part reads a partial index; the finished rows are not counted.
SELECT waiting.due, waiting.later, waiting.oldest, leased.processing, leased.expired, buried.dead
FROM (
    SELECT count(*) FILTER (WHERE q.next_run_at <= now()) AS due,
           count(*) FILTER (WHERE q.next_run_at > now()) AS later,
           coalesce(now() - min(q.next_run_at) FILTER (WHERE q.next_run_at <= now()), interval '0') AS oldest
    FROM {table} q WHERE {claimable}
) waiting
CROSS JOIN (
    SELECT count(*) AS processing, count(*) FILTER (WHERE q.lease_until < now()) AS expired
    FROM {table} q WHERE q.status = 'processing'
) leased
CROSS JOIN (
    SELECT count(*) AS dead FROM {table} q WHERE q.status = 'dead'
) buried;
