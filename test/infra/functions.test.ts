import assert from "node:assert/strict";
import fc from "fast-check";
import { covers } from "#infra/access/glob";
import { planAlerts, planForwarding } from "#infra/alerts/plan";
import { type Archive, type ArchiveName, archiveNames } from "#infra/archives/plan";
import { planFunctions } from "#infra/functions/plan";
import type { PolicyDocument } from "#infra/iam";
import { foldersOf, planInbox } from "#infra/inbox/plan";
import { planMachines } from "#infra/machines/plan";
import { planSchedules } from "#infra/schedules/plan";
import type { Scope } from "#infra/scope";
import { planAlarms } from "#infra/watch/alarms";
import { inCloud, scopesOf, scopesOfTeams, someTeams } from "./site.ts";

const archives = Object.fromEntries(
  archiveNames.map((name) => [name, { name, folder: `dist/${name}`, hash: "0a".repeat(32) }]),
) as Record<ArchiveName, Archive>;

/** Actions that AWS gives no resource to name, each with the condition or the service that narrows it. */
const unnamed = new Set(["cloudwatch:PutMetricData", "logs:CreateLogDelivery"]);

describe("the roles of a team's runtime", () => {
  it("hold no wildcard action, and a wildcard resource only where AWS cannot name it", () => {
    fc.assert(
      fc.property(someTeams, fc.constantFrom(...inCloud), (teams, stack) => {
        for (const policy of scopesOfTeams(stack, teams).flatMap(rolesOf))
          for (const { Action, Resource } of policy.Statement) {
            assert.ok(
              Action.every((action) => !action.includes("*")),
              Action.join(),
            );
            if (Resource?.includes("*"))
              assert.ok(
                Action.every((action) => unnamed.has(action) || /^logs:/.test(action)),
                Action.join(),
              );
          }
      }),
      { numRuns: 40 },
    );
  });

  it("name nothing of another team", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        const scopes = scopesOfTeams("prod", teams);
        for (const scope of scopes) {
          const others = scopes.filter((each) => each !== scope).flatMap((each) => namesOf(each));
          const named = rolesOf(scope).flatMap(({ Statement }) =>
            Statement.flatMap(({ Resource = [] }) => Resource),
          );
          for (const resource of named)
            for (const other of others)
              assert.ok(!resource.split(/[:/]/).includes(other), `${scope.team.name} names ${resource}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("never let a function delete, change a policy or write what the lake keeps but by a key that says so", () => {
    for (const scope of scopesOf("prod"))
      for (const { name, role } of planFunctions(scope, archives))
        for (const { Action } of role.policy.Statement)
          assert.ok(
            !Action.some((action) => /^s3:(Delete|PutBucket)|^iam:|^kms:(Put|Create)/.test(action)),
            name,
          );
  });

  it("let the heartbeat read hints, leases and releases, and wake no warehouse", () => {
    const [scope] = scopesOf("prod");
    const policy = policyOfFunction(scope!, "heartbeat");
    const reads = policy.Statement.flatMap(({ Action, Resource = [] }) =>
      Action.includes("s3:GetObject") ? Resource : [],
    );
    assert.deepEqual(
      reads.map((each) => each.replace(/^.*?\//, "")),
      ["state/releases/*", "state/leases/*", "state/hints/*"],
    );
    assert.ok(!actionsOf(policy).some((action) => /AssumeRole|s3:Put|GetSecretValue/.test(action)));
  });

  it("let the waker start the team's machines and nothing else", () => {
    const [, learning] = scopesOf("prod");
    const starts = policyOfFunction(learning!, "waker").Statement.find(({ Action }) =>
      Action.includes("states:StartExecution"),
    );
    assert.ok(starts?.Resource?.every((each) => /:stateMachine:firn-prod-learning-/.test(each)));
    assert.equal(starts?.Resource?.length, planMachines(learning!, archives).machines.length);
  });

  it("let only extract read the secrets of sources, and only who signs in take the role Snowflake knows", () => {
    const [, learning] = scopesOf("prod");
    for (const plan of planFunctions(learning!, archives)) {
      const actions = actionsOf(plan.role.policy);
      assert.equal(actions.includes("secretsmanager:GetSecretValue"), plan.resource === "learning-extract");
      const signsIn = /-(window|load|check|merge|select|model|watch)$/.test(plan.resource);
      assert.equal(actions.includes("sts:AssumeRole"), signsIn, plan.resource);
    }
  });

  it("give a key pair to who signs in with one, and no role to take", () => {
    const [, learning] = scopesOf("prod", () => ({ signIn: "key_pair" }));
    const load = policyOfFunction(learning!, "load");
    assert.ok(!actionsOf(load).includes("sts:AssumeRole"));
    const secrets = load.Statement.find(({ Action }) =>
      Action.includes("secretsmanager:GetSecretValue"),
    )?.Resource;
    assert.equal(secrets?.length, 1);
    assert.match(secrets?.[0] ?? "", /snowflake-elt-private-key-\?{6}$/);
  });

  it("fit into what IAM takes: 10,240 letters of a role's own policies", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const policy of scopesOfTeams("prod", teams).flatMap(rolesOf))
          assert.ok(JSON.stringify(policy).length <= 10_240);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a team's functions", () => {
  it("are told names, and no secret", () => {
    for (const scope of scopesOf("prod"))
      for (const { variables, resource } of planFunctions(scope, archives)) {
        const told = Object.keys(variables);
        assert.deepEqual(
          told.filter((each) => !/^FIRN_(ENVIRONMENT|TEAM|LAKE|RELEASE)$/.test(each)),
          [],
        );
        assert.equal(told.includes("FIRN_RELEASE"), /waker|heartbeat/.test(resource));
      }
  });

  it("end within the environment's stage time, and within what Lambda gives", () => {
    for (const stack of inCloud)
      for (const scope of scopesOf(stack))
        for (const { size } of planFunctions(scope, archives)) {
          assert.ok(size.timeoutSeconds <= Math.min(900, scope.environment.stageSecondsMax));
          assert.ok(size.memoryMegabytes >= 128 && size.memoryMegabytes <= 10_240);
        }
  });

  it("share their archives with every other team", () => {
    const [commerce, learning] = scopesOf("prod").map((scope) =>
      planFunctions(scope, archives).map(({ archive, alias }) => `${archive.folder} ${alias}`),
    );
    assert.deepEqual(
      commerce?.filter((each) => !learning?.includes(each)),
      [],
    );
  });

  it("have reserved concurrency only where their team declares it, and the waker never", () => {
    const reserved = (scopes: Scope[]) =>
      scopes
        .flatMap((scope) => planFunctions(scope, archives))
        .filter(({ concurrencyMax }) => concurrencyMax !== undefined);
    assert.deepEqual(reserved(scopesOf("prod")), []);
    const declared = reserved(scopesOf("prod", () => ({ concurrencyMax: 5 })));
    assert.ok(declared.length > 0 && declared.every(({ concurrencyMax }) => concurrencyMax === 5));
    assert.ok(!declared.some(({ resource }) => /waker|heartbeat/.test(resource)));
  });

  it("have dead letters where nobody waits for them, and nowhere else", () => {
    for (const scope of scopesOf("prod"))
      assert.deepEqual(
        planFunctions(scope, archives).flatMap(({ resource, failuresArn }) =>
          failuresArn ? [resource] : [],
        ),
        [`${scope.team.name}-heartbeat`],
      );
  });
});

describe("a team's inbox", () => {
  it("wakes for files in folders that its pipelines read, and for no others", () => {
    const [commerce, learning] = scopesOf("prod");
    assert.deepEqual(foldersOf(commerce!), ["orders/"]);
    const rule = planInbox(commerce!).rules.find(({ resource }) => resource.endsWith("-delivered"));
    assert.ok(rule);
    assert.deepEqual((rule.pattern.detail as { object: unknown }).object, { key: [{ prefix: "orders/" }] });
    assert.ok(!planInbox(learning!).rules.some(({ resource }) => resource.endsWith("-delivered")));
  });

  it("takes messages of its own rules alone", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOfTeams("prod", teams)) {
          const { queue, deadLetters, rules } = planInbox(scope);
          for (const { policy } of [queue, deadLetters]) {
            const allowed = policy.Statement.filter(({ Effect }) => Effect === "Allow");
            assert.deepEqual(
              allowed.flatMap(({ Condition }) => (Condition?.ArnEquals?.["aws:SourceArn"] ?? []) as string[]),
              rules.map(({ name }) => `arn:aws:events:eu-west-1:333333333333:rule/${name}`),
            );
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("hides a message six times as long as the waker may take, and the time it gathers", () => {
    const [scope] = scopesOf("prod");
    const { queue, waker } = planInbox(scope!);
    const timeout =
      planFunctions(scope!, archives).find(({ resource }) => resource.endsWith("-waker"))?.size
        .timeoutSeconds ?? 0;
    assert.ok(queue.hiddenSeconds >= 6 * timeout + waker.batchSeconds);
  });

  it("wakes nothing of a team that is retired", () => {
    for (const scope of scopesOf("prod", () => ({ retired: true }))) {
      const { rules, waker } = planInbox(scope);
      assert.ok(!waker.enabled && rules.every(({ state }) => state === "DISABLED"));
    }
  });
});

describe("alerts of an environment", () => {
  it("are published by the team's own alarms, whatever teams and pipelines are called, and by no other service", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        const scopes = scopesOfTeams("prod", teams);
        for (const scope of scopes) {
          const allowed = planAlerts(scope, archives).policy.Statement.filter(
            ({ Effect }) => Effect === "Allow",
          );
          const stems = allowed.map(({ Condition }) => String(Condition?.ArnLike?.["aws:SourceArn"]));
          for (const { Principal, Condition } of allowed) {
            assert.deepEqual(Principal, { Service: "cloudwatch.amazonaws.com" });
            assert.equal(Condition?.StringEquals?.["aws:SourceAccount"], "333333333333");
          }
          for (const other of scopes)
            for (const { name } of planAlarms(other)) {
              const alarm = `arn:aws:cloudwatch:eu-west-1:333333333333:alarm:${name}`;
              assert.equal(
                stems.some((stem) => covers(stem, alarm)),
                other === scope,
                alarm,
              );
            }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("are forwarded where a target is declared, by one function with the secrets of its targets alone", () => {
    const [prod] = scopesOf("prod");
    const plan = planForwarding(prod!, archives);
    assert.deepEqual(
      plan?.secrets.map(({ secret }) => secret),
      ["slack_webhook", "pagerduty_key"],
    );
    assert.equal(plan?.function.variables.FIRN_TARGETS, "slack,pagerDuty");
    const [dev] = scopesOf("dev");
    assert.equal(planForwarding(dev!, archives), null);
    assert.equal(planAlerts(dev!, archives).forward, null);
  });
});

function rolesOf(scope: Scope): PolicyDocument[] {
  const forwarding = planForwarding(scope, archives);
  return [
    ...planFunctions(scope, archives).map(({ role }) => role.policy),
    planMachines(scope, archives).role.policy,
    planSchedules(scope, archives.heartbeat).role.policy,
    ...(forwarding ? [forwarding.function.role.policy] : []),
  ];
}

/** The names of what a team has in AWS. */
function namesOf({ names }: Scope): string[] {
  return [
    ...Object.values(names.buckets),
    ...Object.values(names.functions),
    ...Object.values(names.machines),
    ...Object.values(names.secrets),
    names.gold,
    names.queue,
    names.deadLetters,
    names.topic,
  ];
}

function policyOfFunction(scope: Scope, name: string): PolicyDocument {
  const plan = planFunctions(scope, archives).find(
    ({ resource }) => resource === `${scope.team.name}-${name}`,
  );
  assert.ok(plan, name);
  return plan.role.policy;
}

function actionsOf({ Statement }: PolicyDocument): string[] {
  return Statement.flatMap(({ Action }) => Action);
}
