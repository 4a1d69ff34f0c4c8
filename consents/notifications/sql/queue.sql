-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- What web and worker call of the job queue, procrastinate, whose own migrations make these functions. Nothing else of
-- it may be executed, and none of its trigger functions.

GRANT EXECUTE ON FUNCTION
    procrastinate_cancel_job_v1, procrastinate_defer_jobs_v1, procrastinate_defer_periodic_job_v2,
    procrastinate_fetch_job_v2, procrastinate_finish_job_v1, procrastinate_prune_stalled_workers_v1,
    procrastinate_register_worker_v1, procrastinate_retry_job_v2, procrastinate_unregister_worker_v1,
    procrastinate_update_heartbeat_v1
    TO portal_app;
