-- A learner who stands in gold and has no row left in silver: every activity went to another learner, or was
-- withdrawn without saying whose it was. An incremental run cannot see them go; a full refresh removes them.
select learner_id from {{ ref('daily_engagement') }}
union
select learner_id from {{ ref('course_progress') }}
except
select learner_id from {{ ref('stg_learner_activity') }}
