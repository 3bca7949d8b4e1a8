-- Tombstones stay, marked is_deleted: an incremental model must see a row go.
select
    activity_id,
    coalesce(learner_id, 'unknown') as learner_id,
    site_id,
    upper(trim(module)) as module,
    upper(trim(presentation)) as presentation,
    upper(trim(module)) || '-' || upper(trim(presentation)) as course_code,
    nullif(trim(activity_type), '') as activity_type,
    clicks,
    occurred_on,
    status,
    {{ utc('updated_at') }} as updated_at,
    learner_id is null as is_missing_learner,
    nullif(trim(activity_type), '') is null as is_missing_type,
    coalesce(clicks <= 0, true) as is_without_clicks,
    coalesce(status = 'confirmed', false) as is_confirmed,
    coalesce(_deleted, false) as is_deleted,
    batch_id,
    ingested_at,
    commit_seq
from {{ source('silver', 'learner_activity') }}
