{#- A text as a timestamp in UTC, without a zone; NULL where it is none. -#}
{% macro safe_timestamp(text) -%}
{%- if target.type == 'snowflake' -%}
cast(convert_timezone('UTC', try_to_timestamp_tz({{ text }})) as timestamp_ntz)
{%- else -%}
(try_cast({{ text }} as timestamptz) at time zone 'UTC')
{%- endif -%}
{%- endmacro %}

{#- An instant of silver in UTC, without its zone, so that no session's zone moves it to another day. -#}
{% macro utc(column) -%}
{%- if target.type == 'snowflake' -%}
cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
{%- else -%}
({{ column }} at time zone 'UTC')
{%- endif -%}
{%- endmacro %}

{#- The day of the run's frozen instant: no model asks the clock, so that a repeated run gives the same rows. -#}
{% macro as_of_date() -%}
cast({{ safe_timestamp("'" ~ var('as_of') ~ "'") }} as date)
{%- endmacro %}
