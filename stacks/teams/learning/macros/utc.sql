{#- An instant of silver in UTC, without its zone, so that no session's zone moves it. -#}
{% macro utc(column) -%}
{%- if target.type == 'snowflake' -%}
cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
{%- else -%}
({{ column }} at time zone 'UTC')
{%- endif -%}
{%- endmacro %}
