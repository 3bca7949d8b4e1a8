{#-
  The lines promoted since this model's last run, for a FROM. Read from the view each time: a CTE that is used twice
  is written out whole by DuckDB before its commit_seq is looked at.
-#}
{% macro changed_lines() -%}
{{ ref('stg_orders') }} where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{%- endmacro %}
