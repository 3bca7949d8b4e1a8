import assert from "node:assert/strict";
import fc from "fast-check";
import { parseStatement, StatementError } from "../../policies/statements.ts";

const identity = "WORKLOAD_IDENTITY = (TYPE = AWS ARN = 'arn:aws:iam::333333333333:role/firn-prod-a-as-elt')";

describe("a statement that Pulumi may run on Snowflake", () => {
  it("makes a service user that signs in as an AWS role", () => {
    assert.deepEqual(
      parseStatement(
        `CREATE USER IF NOT EXISTS "PROD_A_ELT" TYPE = SERVICE ${identity} DEFAULT_ROLE = 'LOADER'`,
      ),
      {
        kind: "create",
        user: "PROD_A_ELT",
        properties: {
          TYPE: "SERVICE",
          WORKLOAD_IDENTITY: "TYPE = AWS ARN = 'arn:aws:iam::333333333333:role/firn-prod-a-as-elt'",
          DEFAULT_ROLE: "'LOADER'",
        },
      },
    );
  });

  it("changes, shows or drops one user", () => {
    for (const [text, kind] of [
      ["ALTER USER IF EXISTS prod_a SET DEFAULT_WAREHOUSE = W COMMENT = 'it''s'", "alter"],
      ["ALTER USER PROD_A SET DEFAULT_SECONDARY_ROLES = ()", "alter"],
      ["ALTER USER PROD_A UNSET NETWORK_POLICY, COMMENT", "alter"],
      ["DROP USER IF EXISTS PROD_A", "drop"],
      ["DESCRIBE USER PROD_A", "show"],
      ["desc user PROD_A", "show"],
      ["SHOW USERS LIKE 'PROD\\\\_A'", "show"],
      ["SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER PROD_A", "show"],
      [
        'SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER PROD_A ->> SELECT "name", "type" FROM $1',
        "show",
      ],
    ] as const) {
      const statement = parseStatement(text);
      assert.deepEqual([statement.kind, statement.user], [kind, "PROD_A"], text);
    }
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "SELECT 1",
      "GRANT ROLE ACCOUNTADMIN TO USER PROD_A",
      "CREATE USER PROD_A",
      `CREATE USER PROD_A ${identity}`,
      "CREATE USER PROD_A TYPE = SERVICE",
      `CREATE USER PROD_A TYPE = PERSON ${identity}`,
      `CREATE OR REPLACE USER PROD_A TYPE = SERVICE ${identity}`,
      `CREATE USER PROD_A TYPE = SERVICE ${identity} PASSWORD = 'x'`,
      `CREATE USER PROD_A TYPE = SERVICE ${identity} RSA_PUBLIC_KEY = 'x'`,
      `CREATE USER PROD_A TYPE = SERVICE ${identity} COMMENT = 'a' || CURRENT_USER()`,
      "CREATE USER PROD_A TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = AWS ARN = '*')",
      "CREATE USER PROD_A TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'https://x' SUBJECT = 'y')",
      "CREATE USER IDENTIFIER('X') TYPE = SERVICE",
      "ALTER USER PROD_A SET PASSWORD = 'x'",
      "ALTER USER PROD_A SET TYPE = LEGACY_SERVICE",
      "ALTER USER PROD_A RENAME TO PROD_B",
      "ALTER USER PROD_A SET",
      "DROP USER PROD_A CASCADE",
      "DROP USER PROD_A; DROP DATABASE PROD_B",
      "DROP USER PROD_A -- and more",
      "DROP USER PROD_A /* and more */",
      "DROP USER PROD_A.PROD_B",
      "DROP USERS",
      "SHOW USERS",
      "DESCRIBE USER PROD_A ->> SELECT * FROM $1",
      "DESCRIBE USER PROD_A ->> SELECT a FROM prod_b.gold.people",
      "DROP USER PROD_A ->> SELECT a FROM $1",
      "DESCRIBE TABLE T",
      "SHOW USERS LIKE $$x$$",
    ]) {
      assert.throws(() => parseStatement(text), StatementError, text);
    }
  });

  it("is one statement about the user it names, whatever the name and the comment hold", () => {
    const name = fc.string({ minLength: 1 }).filter((each) => !each.includes("\0"));
    fc.assert(
      fc.property(name, fc.string(), (user, comment) => {
        const quoted = `"${user.replaceAll('"', '""')}"`;
        const text = `'${comment.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
        const create = parseStatement(`CREATE USER ${quoted} TYPE = SERVICE ${identity} COMMENT = ${text}`);
        assert.equal(create.user, user);
        assert.equal(create.properties.COMMENT, text);
        assert.equal(parseStatement(`DROP USER ${quoted}`).user, user);
      }),
    );
  });

  it("is read or refused, and never anything else", () => {
    const word = fc.constantFrom(
      ..."CREATE ALTER DROP USER SET IF NOT EXISTS TYPE = SERVICE ( ) , ' \" ; -- /* GRANT x".split(" "),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parseStatement(words.join(" "));
        } catch (error) {
          assert.ok(error instanceof StatementError);
        }
      }),
    );
  });
});
