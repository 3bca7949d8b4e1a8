/** A query and what flows into each of its columns, in order: see flowsOf. */
export interface Probe {
  claim: string;
  sql: string;
  flows: string[];
}

/** Queries that DuckDB runs. */
export const probes: Probe[] = [
  {
    claim: "a renamed column comes from the column it was",
    sql: "select id, email as contact from {learners}",
    flows: ["id <- learners.id", "contact <- learners.email"],
  },
  {
    claim: "a star over a join gives the columns of both, and numbers what comes twice",
    sql: "select * from {learners} l join {orders} o on o.learner_id = l.id",
    flows: [
      "id <- learners.id",
      "email <- learners.email",
      "name <- learners.name",
      "country <- learners.country",
      "profile <- learners.profile",
      "id_1 <- orders.id",
      "learner_id <- orders.learner_id",
      "amount <- orders.amount",
      "placed_at <- orders.placed_at",
      "note <- orders.note",
    ],
  },
  {
    claim: "the star of one table gives its columns only",
    sql: "select o.*, l.email from {learners} l join {orders} o on o.learner_id = l.id",
    flows: [
      "id <- orders.id",
      "learner_id <- orders.learner_id",
      "amount <- orders.amount",
      "placed_at <- orders.placed_at",
      "note <- orders.note",
      "email <- learners.email",
    ],
  },
  {
    claim: "a star leaves out what it excludes",
    sql: "select * exclude (email, name, profile) from {learners}",
    flows: ["id <- learners.id", "country <- learners.country"],
  },
  {
    claim: "a star takes replaced columns from their expressions",
    sql: "select * exclude (name, profile) replace (country || email as country) from {learners}",
    flows: ["id <- learners.id", "email <- learners.email", "country <- learners.country, learners.email"],
  },
  {
    claim: "a star renames",
    sql: "select * exclude (name, profile) rename (email as contact) from {learners}",
    flows: ["id <- learners.id", "contact <- learners.email", "country <- learners.country"],
  },
  {
    claim: "FROM alone is a star",
    sql: "from (select id, email from {learners})",
    flows: ["id <- learners.id", "email <- learners.email"],
  },
  {
    claim: "a CTE of a CTE is followed to its source",
    sql: `with a as (select id, email from {learners}), b as (select id, lower(email) as mail from a)
      select * from b`,
    flows: ["id <- learners.id", "mail <- learners.email"],
  },
  {
    claim: "stars through CTEs are followed",
    sql: "with a as (select * from {learners}), b as (select * exclude (profile) from a) select b.* from b",
    flows: [
      "id <- learners.id",
      "email <- learners.email",
      "name <- learners.name",
      "country <- learners.country",
    ],
  },
  {
    claim: "a CTE's own column names hold",
    sql: "with a(x, y) as (select id, email from {learners}) select y, x from a",
    flows: ["y <- learners.email", "x <- learners.id"],
  },
  {
    claim: "a CTE hides a table of its name",
    sql: "with learners as (select note as email from {orders}) select email from learners",
    flows: ["email <- orders.note"],
  },
  {
    claim: "a CTE within a subquery hides one around it",
    sql: `with a as (select country as c from {learners})
      select a.c, s.c as inner_c from a, (with a as (select email as c from {learners}) select c from a) s`,
    flows: ["c <- learners.country", "inner_c <- learners.email"],
  },
  {
    claim: "a union takes by position, under the names of its first part",
    sql: "select id, email as who from {learners} union all select learner_id, note from {orders}",
    flows: ["id <- learners.id, orders.learner_id", "who <- learners.email, orders.note"],
  },
  {
    claim: "a union by name takes by name",
    sql: "select id, email as who from {learners} union all by name select note as who, amount from {orders}",
    flows: ["id <- learners.id", "who <- learners.email, orders.note", "amount <- orders.amount"],
  },
  {
    claim: "EXCEPT shows its left side only",
    sql: "select country from {learners} except select email from {learners}",
    flows: ["country <- learners.country"],
  },
  {
    claim: "a recursive CTE passes on what it passes around",
    sql: `with recursive r(id, a, b, n) as (
        select id, country, email, 0 from {learners}
        union all select id, b, a, n + 1 from r where n < 3)
      select id, a, n from r`,
    flows: ["id <- learners.id", "a <- learners.country, learners.email", "n <-"],
  },
  {
    claim: "a correlated subquery's value flows in, and what it is found by does not",
    sql: "select o.id, (select max(l.email) from {learners} l where l.id = o.learner_id) as mail from {orders} o",
    flows: ["id <- orders.id", "mail <- learners.email"],
  },
  {
    claim: "a correlated subquery may show the outer query's column",
    sql: "select l.id, (select max(l.email || o.note) from {orders} o where o.learner_id = l.id) as m from {learners} l",
    flows: ["id <- learners.id", "m <- learners.email, orders.note"],
  },
  {
    claim: "EXISTS shows nothing",
    sql: `select o.id, exists (select l.email from {learners} l where l.id = o.learner_id and l.email is not null) as known
      from {orders} o`,
    flows: ["id <- orders.id", "known <-"],
  },
  {
    claim: "what is only filtered by does not flow in",
    sql: "select amount from {orders} where learner_id in (select id from {learners} where email like 'a%')",
    flows: ["amount <- orders.amount"],
  },
  {
    claim: "a CASE comes from its branches and its conditions",
    sql: "select case when country = 'x' then email when id > 1 then 'none' else name end as c from {learners}",
    flows: ["c <- learners.country, learners.email, learners.id, learners.name"],
  },
  {
    claim: "a window's order and partition do not flow in, its argument does",
    sql: `select row_number() over (partition by email order by name) as n,
        lag(email) over (partition by country order by id) as before,
        max(name) over w as most
      from {learners} window w as (partition by email)`,
    flows: ["n <-", "before <- learners.email", "most <- learners.name"],
  },
  {
    claim: "QUALIFY only filters",
    sql: "select id from {learners} qualify row_number() over (partition by country order by email) = 1",
    flows: ["id <- learners.id"],
  },
  {
    claim: "a lateral subquery sees the tables before it",
    sql: "select o.id, x.pair from {orders} o, lateral (select l.email || o.note as pair from {learners} l) x",
    flows: ["id <- orders.id", "pair <- learners.email, orders.note"],
  },
  {
    claim: "counts show nothing, other aggregates do",
    sql: `select country, count(*) as n, count(email) as e, count(distinct email) as d,
        approx_count_distinct(email) as a, count_if(email > 'x') as i, count(*) filter (where email > 'x') as f,
        max(email) as m, any_value(email) as v, string_agg(email, ',' order by name) as s, list(email) as l,
        count(email) + length(min(name)) as added
      from {learners} group by 1`,
    flows: [
      "country <- learners.country",
      "n <-",
      "e <-",
      "d <-",
      "a <-",
      "i <-",
      "f <-",
      "m <- learners.email",
      "v <- learners.email",
      "s <- learners.email",
      "l <- learners.email",
      "added <- learners.name",
    ],
  },
  {
    claim: "a sum of ones and zeros is a count, of other numbers it is not",
    sql: `select sum(case when email like 'a%' then 1 else 0 end) as n, sum(case email when 'x' then 1 end)::bigint as m,
        sum(case when email > '' then 1 else null end) as e,
        sum(if(email > '', 1, 0)) as i, sum(case when email > '' then 2 else 0 end) as two,
        sum(case when id > 1 then length(email) else 0 end) as l, sum((email > '')::int) as b,
        max(case when email > '' then 1 else 0 end) as x
      from {learners}`,
    flows: [
      "n <-",
      "m <-",
      "e <-",
      "i <-",
      "two <- learners.email",
      "l <- learners.email, learners.id",
      "b <- learners.email",
      "x <- learners.email",
    ],
  },
  {
    claim: "a literal comes from nowhere",
    sql: "select 1 as one, 'a' as a, null as n, current_date as d, interval 1 day as i from {learners}",
    flows: ["one <-", "a <-", "n <-", "d <-", "i <-"],
  },
  {
    claim: "a column taken twice flows into both",
    sql: "select email, email as again, upper(email) as loud from {learners}",
    flows: ["email <- learners.email", "again <- learners.email", "loud <- learners.email"],
  },
  {
    claim: "quoted names and case are followed",
    sql: 'select "EMAIL" as "E-mail, in clear" from (select Email from {learners}) "q t"',
    flows: ["E-mail, in clear <- learners.email"],
  },
  {
    claim: "structs and lists hold what is put in, and give it back",
    sql: `select {'a': email, 'b': id} as s, {'a': email}.a as a, [name, country] as l, [name][1] as first,
        q.s.inside.deep as deep, (q.s).inside as inside
      from (select *, {'inside': {'deep': email}} as s from {learners}) q`,
    flows: [
      "s <- learners.email, learners.id",
      "a <- learners.email",
      "l <- learners.country, learners.name",
      "first <- learners.name",
      "deep <- learners.email",
      "inside <- learners.email",
    ],
  },
  {
    claim: "a list comprehension's and a lambda's variable come from the list",
    sql: `select [upper(x) for x in [email, name] if x > 'a'] as c,
        list_transform([email], lambda id: id || country) as t from {learners}`,
    flows: ["c <- learners.email, learners.name", "t <- learners.country, learners.email"],
  },
  {
    claim: "casts, hashes, concatenation and functions keep it, known or not",
    sql: `select email::varchar as c, try_cast(name as text) as t, coalesce(email, 'x') as o, email || name as j,
        md5(email) as h, regexp_extract(email, '@(.*)', 1) as r, email like 'a%' as k, email is null as n,
        levenshtein(email, name) as w, extract(year from cast(country as date)) as y,
        email in (select note from {orders}) as i
      from (select id, email, name, '2024-01-01' || left(country, 0) as country from {learners})`,
    flows: [
      "c <- learners.email",
      "t <- learners.name",
      "o <- learners.email",
      "j <- learners.email, learners.name",
      "h <- learners.email",
      "r <- learners.email",
      "k <- learners.email",
      "n <- learners.email",
      "w <- learners.email, learners.name",
      "y <- learners.country",
      "i <- learners.email, orders.note",
    ],
  },
  {
    claim: "a column that a join shares by USING comes from both sides, once",
    sql: "select * from (select id, email from {learners}) l join (select id, note from {orders}) o using (id)",
    flows: ["id <- learners.id, orders.id", "email <- learners.email", "note <- orders.note"],
  },
  {
    claim: "a natural join shares what both have",
    sql: "select * from (select id, email from {learners}) l natural join (select id, note from {orders}) o",
    flows: ["id <- learners.id, orders.id", "email <- learners.email", "note <- orders.note"],
  },
  {
    claim: "a semi join shows its left side only",
    sql: "select * from (select id, note from {orders}) o semi join {learners} l on l.id = o.id and l.email > ''",
    flows: ["id <- orders.id", "note <- orders.note"],
  },
  {
    claim: "an alias may be used again in the same SELECT, after the tables' own columns",
    sql: "select email as e, upper(e) as loud, note as id, id + 1 as next from {learners} join (select note from {orders}) on true",
    flows: ["e <- learners.email", "loud <- learners.email", "id <- orders.note", "next <- learners.id"],
  },
  {
    claim: "an unqualified column is found in whichever table has it",
    sql: "select email, amount from {learners}, {orders}",
    flows: ["email <- learners.email", "amount <- orders.amount"],
  },
  {
    claim: "a column may be named by its table's full name",
    sql: "select silver.learners.email as a, lake.silver.learners.name as b from {learners}",
    flows: ["a <- learners.email", "b <- learners.name"],
  },
  {
    claim: "a whole row holds all of its columns",
    sql: "select l as r from (select id, email from {learners}) l",
    flows: ["r <- learners.email, learners.id"],
  },
  {
    claim: "a subquery's and a table's column aliases hold",
    sql: "select b, t.c from (select id, email from {learners}) s(a, b), (values (1, 'a')) t(c, d)",
    flows: ["b <- learners.email", "c <-"],
  },
  {
    claim: "UNNEST gives what is in its argument",
    sql: `select l.id, u.part, unnest([l.name]) as n, g.i
      from {learners} l, unnest(string_split(l.email, '@')) as u(part), generate_series(1, 2) g(i)`,
    flows: ["id <- learners.id", "part <- learners.email", "n <- learners.name", "i <-"],
  },
  {
    claim: "GROUP BY positions and ALL change no column's origin",
    sql: "select upper(country) as c, min(id) as i from {learners} group by all order by 1",
    flows: ["c <- learners.country", "i <- learners.id"],
  },
  {
    claim: "joins in parentheses are followed",
    sql: "select l.email, note from ({learners} l join {orders} o on l.id = o.learner_id)",
    flows: ["email <- learners.email", "note <- orders.note"],
  },
  {
    claim: "a pivot's new columns may each hold what it aggregates",
    sql: `select id, a, b from (select id, country, email from {learners})
      pivot (max(email) for country in ('nl' as a, 'de' as b))`,
    flows: ["id <- learners.id", "a <- learners.email", "b <- learners.email"],
  },
  {
    claim: "a pivot under other names may hold any of its columns under each",
    sql: `select p.x, p.z from (select id, country, email from {learners})
      pivot (max(email) for country in ('nl', 'de')) as p(x, y, z)`,
    flows: ["x <- learners.email, learners.id", "z <- learners.email, learners.id"],
  },
  {
    claim: "a count of several columns shows nothing",
    sql: "select count(distinct (email, name)) as n from {learners}",
    flows: ["n <-"],
  },
  {
    claim: "an unpivot's value comes from each of its columns",
    sql: "select * from (select id, email, name from {learners}) unpivot (value for kind in (email, name))",
    flows: ["id <- learners.id", "kind <-", "value <- learners.email, learners.name"],
  },
  {
    claim: "nested subqueries are followed",
    sql: "select x from (select y as x from (select max(email) as y, country from {learners} group by 2) a) b",
    flows: ["x <- learners.email"],
  },
  {
    claim: "ordered and distinct rows change no column's origin",
    sql: "select distinct on (country) id, country from {learners} order by country, email limit 10",
    flows: ["id <- learners.id", "country <- learners.country"],
  },
  {
    claim: "an as-of join's columns come from their own sides",
    sql: "select l.country, o.note from {learners} l asof join {orders} o on l.id >= o.id",
    flows: ["country <- learners.country", "note <- orders.note"],
  },
];

/** Queries that DuckDB runs, and of which not all can be told. */
export const unknowns: Probe[] = [
  {
    claim: "a pivot by values found in the data",
    sql: "pivot (select id, country, email from {learners}) on country using max(email)",
    flows: ["* <- ?"],
  },
  {
    claim: "a pivot whose columns are named by values shows those values",
    sql: "select * from (pivot (select id, email from {learners}) on email in ('a') using max(id) group by id)",
    flows: ["* <- ?"],
  },
  {
    claim: "an unpacked struct's columns have names of their own",
    sql: "select unnest({'a': {'b': email}}, recursive := true) from {learners}",
    flows: ["* <- learners.email"],
  },
  {
    claim: "a star over a pivot has columns without names",
    sql: `select * from (select id, country, email from {learners})
      pivot (max(email) for country in ('nl', 'de'))`,
    flows: ["id <- learners.id", "* <- learners.email"],
  },
  {
    claim: "a union with columns that cannot be counted may hold any value at any place",
    sql: `select * from (select id, country, email from {learners}) pivot (max(email) for country in ('nl', 'de'))
      union all select learner_id, note, note from {orders}`,
    flows: [
      "id <- learners.email, learners.id, orders.learner_id, orders.note",
      "* <- learners.email, learners.id, orders.learner_id, orders.note",
    ],
  },
  {
    claim: "COLUMNS() may pick any column",
    sql: "select columns('e.*') from (select id, email from {learners})",
    flows: ["* <- learners.email, learners.id"],
  },
  {
    claim: "a struct unpacked by a star",
    sql: "select s.* from (select {'a': email} as s from {learners})",
    flows: ["* <- learners.email"],
  },
  {
    claim: "a summary of a query",
    sql: "select * from (summarize select email from {learners})",
    flows: ["* <- ?"],
  },
];

/** Queries in Snowflake's own words; nothing here runs them. */
export const snowflakeProbes: Probe[] = [
  {
    claim: "paths into semi-structured columns hold what the column does",
    sql: "select profile:contact.email::string as mail, profile['phones'][0]::string as phone from {learners}",
    flows: ["mail <- learners.profile", "phone <- learners.profile"],
  },
  {
    claim: "LATERAL FLATTEN gives what is in its input",
    sql: `select l.id, f.value:kind::string as kind, g.index as at
      from {learners} l, lateral flatten(input => l.profile:tags) f, table(flatten(l.email)) g`,
    flows: ["id <- learners.id", "kind <- learners.profile", "at <- learners.email"],
  },
  {
    claim: "IFF, LISTAGG WITHIN GROUP and ARRAY_AGG keep it, and what they are ordered by does not",
    sql: `select iff(country = 'x', email, 'none') as e, listagg(name, ',') within group (order by email) as s,
        array_agg(name) within group (order by email) as a, sha2(email, 256) as h
      from {learners} group by all`,
    flows: [
      "e <- learners.country, learners.email",
      "s <- learners.name",
      "a <- learners.name",
      "h <- learners.email",
    ],
  },
  {
    claim: "OBJECT_CONSTRUCT(*) holds every column",
    sql: "select object_construct(*) as o from (select id, email from {learners})",
    flows: ["o <- learners.email, learners.id"],
  },
  {
    claim: "parts of dates are no columns",
    sql: `select datediff(day, o.placed_at, current_timestamp()) as d, dateadd(month, 1, o.placed_at) as m,
        date_trunc('month', placed_at) as t, date_part(year, placed_at) as y from {orders} o`,
    flows: [
      "d <- orders.placed_at",
      "m <- orders.placed_at",
      "t <- orders.placed_at",
      "y <- orders.placed_at",
    ],
  },
  {
    claim: "names in capitals are the same columns",
    sql: 'select EMAIL as MAIL, "EMAIL" as m2 from LAKE.SILVER.LEARNERS qualify row_number() over (order by ID) = 1',
    flows: ["MAIL <- learners.email", "m2 <- learners.email"],
  },
  {
    claim: "a generator's rows come from nowhere",
    sql: "select seq4() as n, o.note from table(generator(rowcount => 3)) g, {orders} o",
    flows: ["n <-", "note <- orders.note"],
  },
  {
    claim: "a count of two columns shows nothing",
    sql: "select count(email, name) as n from {learners}",
    flows: ["n <-"],
  },
  {
    claim: "a pivot by whatever values there are shows them in its columns' names",
    sql: "select * from (select id, email, country from {learners}) pivot (max(country) for email in (any))",
    flows: ["id <- learners.id", "* <- learners.country, learners.email"],
  },
  {
    claim: "positional columns are unknown",
    sql: "select t.$2 as second from {learners} t",
    flows: ["second <- ?"],
  },
  {
    claim: "MATCH_RECOGNIZE is unknown",
    sql: `select * from {learners} match_recognize (partition by country order by id
      measures last(email) as mail pattern (a+) define a as id > 1)`,
    flows: ["* <- ?"],
  },
];

/** Expressions in many ways of writing, each of which shows something of the learner's email or profile. */
export const showing: string[] = [
  ...[
    "email::int::text",
    "cast(email as decimal(3,1))",
    "TRY(email)",
    "-email",
    "not email",
    "(email)",
    "email || ''",
  ],
  ...[
    "email is not null",
    "email IS DISTINCT FROM 'a'",
    "email SIMILAR TO 'a'",
    "email GLOB 'a*'",
    "email ** 2",
  ],
  ...["email between 'a' and 'b'", "1 between 2 and email", "'x' in (email)", "'x' = any([email])"],
  ...[
    "email COLLATE NOCASE",
    "email AT TIME ZONE 'UTC'",
    "email[1:3]",
    "array[email]",
    "(email, name)",
    "ROW(email)",
  ],
  ...["substring(email from 2 for 3)", "trim(both 'x' from email)", "overlay(email placing 'a' from 1)"],
  ...["POSITION('a' IN email)", "extract(day from email)", "interval (email) day", "date_trunc(email, id)"],
  ...["case email when 'a' then 1 end", "if(id, email, 1)", "ifnull(null, email)", "nullif(email, '')"],
  ...["profile -> 'email'", "profile->>'b'", "l.profile -> 'a'", "profile -> 0", "coalesce(profile -> 0, 1)"],
  ...["l.email.upper()", "email.split('@')[1]", "email.upper().lower()", "(email).x", "l.email.x.y"],
  ...[
    "{'a': {'b': email}}.a.b",
    "struct_pack(a := email)",
    "map_from_entries([(email, 1)])",
    "list_value(email)[1]",
  ],
  ...["l", "hash(l)", "to_json(l)", "l.*::text", "unnest([email])", "generate_series(1, email)"],
  ...[
    "list_reduce([email], (a, b) -> a || b)",
    "list_filter(['x'], x -> x > email)",
    "[email].list_filter(x -> true)",
  ],
  ...["(select l.email)", "(select email from (select 1))", "array(select email)"],
  ...["percentile_cont(0.5) within group (order by email)", "mode() within group (order by email)"],
  ...[
    "listagg(email, ',') within group (order by id)",
    "array_agg(email order by id)",
    "first(email order by id)",
  ],
  ...[
    "arg_max(email, id)",
    "median(email)",
    "histogram(email)",
    "bool_or(email = 'a')",
    "approx_top_k(email, 3)",
  ],
  ...[
    "max(email) over ()",
    "lag(1, 1, email) over ()",
    "ntile(email) over ()",
    "sum(email) over (order by id)",
  ],
  ...["max(email) filter (where id > 1)", "grouping(email)", "our_own_macro(email)", "format('{}', email)"],
];
