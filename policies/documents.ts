/** IAM policy documents as rules read them: whatever form they were written in, one form here. */
import { isObject, type Props, type Resource, strings } from "./resource.ts";

export interface Statement {
  sid: string;
  effect: "Allow" | "Deny";
  actions: string[];
  notActions: string[];
  resources: string[];
  notResources: string[];
  /** By kind (`AWS`, `Service`, `Federated`); `*` alone is `AWS: ["*"]`. Empty where none is given. */
  principals: Record<string, string[]>;
  notPrincipals: string[];
  /** Operator, key in lower case, values. */
  conditions: { operator: string; key: string; values: string[] }[];
}

/** A document in a resource's inputs. */
export interface Document {
  /** The property it is at. */
  at: string;
  /** Undefined where it is no JSON of a policy. */
  statements: Statement[] | undefined;
  version: unknown;
}

/** Types whose documents say what a principal may do. */
export const identityTypes = [
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/policy:Policy",
  "aws:iam/userPolicy:UserPolicy",
  "aws:iam/groupPolicy:GroupPolicy",
];

/** The property with the document that says who may use a resource. */
const resourcePolicies: Record<string, string> = {
  "aws:s3/bucketPolicy:BucketPolicy": "policy",
  "aws:kms/key:Key": "policy",
  "aws:kms/keyPolicy:KeyPolicy": "policy",
  "aws:sqs/queue:Queue": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
  "aws:sns/topic:Topic": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:secretsmanager/secret:Secret": "policy",
  "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
};
export const resourceTypes = Object.keys(resourcePolicies);
export const trustTypes = ["aws:iam/role:Role"];

/** What a principal may do, by the resource that says so: a policy, or one written into a role. */
export function identityDocuments({ type, props }: Resource): Document[] {
  if (identityTypes.includes(type)) return documentAt(props, "policy");
  if (!trustTypes.includes(type) || !Array.isArray(props.inlinePolicies)) return [];
  return (props.inlinePolicies as Props[]).flatMap((each, index) =>
    documentAt(each, "policy", `inlinePolicies[${index}].policy`),
  );
}

/** Who may take a role. */
export function trustDocuments({ type, props }: Resource): Document[] {
  return trustTypes.includes(type) ? documentAt(props, "assumeRolePolicy") : [];
}

/** Who may use a resource. */
export function resourceDocuments({ type, props }: Resource): Document[] {
  const property = resourcePolicies[type];
  return property ? documentAt(props, property) : [];
}

export function statementsOf(documents: readonly Document[]): Statement[] {
  return documents.flatMap(({ statements }) => statements ?? []);
}

/** Whether a statement has a condition on one of some keys, whatever its values. */
export function conditionedOn({ conditions }: Statement, ...keys: string[]): boolean {
  return conditions.some(({ key }) => keys.some((each) => each.toLowerCase() === key));
}

function documentAt(props: Props, property: string, at = property): Document[] {
  const given = props[property];
  if (given === undefined || given === null || given === "") return [];
  const document = typeof given === "string" ? parsed(given) : given;
  if (!isObject(document)) return [{ at, statements: undefined, version: undefined }];
  const all = document.Statement;
  const statements = (Array.isArray(all) ? all : [all]).filter(isObject);
  return [
    {
      at,
      version: document.Version,
      statements: statements.length > 0 ? statements.map(statementOf) : undefined,
    },
  ];
}

function statementOf(statement: Props): Statement {
  const { Principal, NotPrincipal, Condition } = statement;
  return {
    sid: typeof statement.Sid === "string" ? statement.Sid : "",
    effect: statement.Effect === "Deny" ? "Deny" : "Allow",
    actions: strings(statement.Action),
    notActions: strings(statement.NotAction),
    resources: strings(statement.Resource),
    notResources: strings(statement.NotResource),
    principals: principalsOf(Principal),
    notPrincipals: Object.values(principalsOf(NotPrincipal)).flat(),
    conditions: Object.entries(isObject(Condition) ? Condition : {}).flatMap(([operator, keys]) =>
      Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: (Array.isArray(values) ? values : [values]).map(String),
      })),
    ),
  };
}

function principalsOf(principal: unknown): Record<string, string[]> {
  if (typeof principal === "string") return { AWS: [principal] };
  if (!isObject(principal)) return {};
  return Object.fromEntries(Object.entries(principal).map(([kind, value]) => [kind, strings(value)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
