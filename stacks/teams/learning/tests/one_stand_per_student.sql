-- A learner with two versions that hold at once, or with none.
select
    students.learner_id,
    count(history.learner_id) as standing
from {{ ref('students') }} as students
left join {{ ref('students_history') }} as history
    on history.learner_id = students.learner_id
    and history.dbt_valid_to is null
group by students.learner_id
having count(history.learner_id) <> 1
