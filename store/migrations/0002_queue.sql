-- What the queue module reads beside claims and leases, and a rule that no pending row may break: it would never be
-- claimed, and nobody would know.

CREATE INDEX job_queue_task_due ON job_queue (task, priority, next_run_at, id) WHERE status = 'pending';
CREATE INDEX classic_seller_queue_dead ON classic_seller_queue (id) WHERE status = 'dead';
CREATE INDEX organization_inventory_sync_queue_dead ON organization_inventory_sync_queue (id) WHERE status = 'dead';
CREATE INDEX job_queue_dead ON job_queue (id) WHERE status = 'dead';
CREATE INDEX job_queue_finished ON job_queue (updated_at) WHERE status IN ('completed', 'skipped') AND NOT once;

ALTER TABLE classic_seller_queue ADD CONSTRAINT attempts_within_bounds
    CHECK (attempts <= max_attempts AND (attempts < max_attempts OR status <> 'pending'));
ALTER TABLE organization_inventory_sync_queue ADD CONSTRAINT attempts_within_bounds
    CHECK (attempts <= max_attempts AND (attempts < max_attempts OR status <> 'pending'));
ALTER TABLE job_queue ADD CONSTRAINT attempts_within_bounds
    CHECK (attempts <= max_attempts AND (attempts < max_attempts OR status <> 'pending'));
