/** What the first administrator of an environment does once, and what its workflows must know. Pure. */
import type { Team } from "#firn";
import { baseName, deployerRole, type Site } from "../names.ts";
import { roleArn } from "../scope.ts";
import { stateOf } from "./policies.ts";
import { planSnowflakeStatements, previewerRole, serviceUser } from "./snowflake.ts";
import { planTemplate, type Template } from "./template.ts";

/** What a workflow must know to sign in and to find the state: none of it secret. */
export interface SignIn {
  region: string;
  deploy_role: string;
  preview_role: string;
  /** For `pulumi login`. */
  backend: string;
  /** For `pulumi stack init --secrets-provider`. */
  secrets_provider: string;
  /** `<organization>-<account>`. */
  snowflake_account: string;
  snowflake_deploy_user: string;
  snowflake_preview_user: string;
  /** By comma: the roles of the profiles that the providers sign in with, `firn` and `firn_admin`. */
  snowflake_deploy_roles: string;
  snowflake_preview_roles: string;
}

export interface Bootstrap {
  /** For AWS CloudFormation. */
  template: Template;
  /** For Snowflake, as ACCOUNTADMIN; each without its semicolon. */
  statements: string[];
  signIn: SignIn;
  /** In order, each with what it is for. */
  steps: { what: string; commands: string[] }[];
}

/** The larger a template is, the sooner `deploy` would need a bucket to hold it. @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const templateLengthMax = 51_200;

export function planBootstrap(site: Site, teams: readonly Team[]): Bootstrap {
  const { environment } = site;
  const { name, cloud } = environment;
  const state = stateOf(site);
  const signIn: SignIn = {
    region: cloud.region,
    deploy_role: roleArn(site, baseName(site, "deploy")),
    preview_role: roleArn(site, baseName(site, "preview")),
    backend: `s3://${state.name}?region=${cloud.region}`,
    secrets_provider: `awskms://${state.alias}?region=${cloud.region}`,
    snowflake_account: `${cloud.snowflake.organization}-${cloud.snowflake.account}`,
    snowflake_deploy_user: serviceUser(site, "deploy"),
    snowflake_preview_user: serviceUser(site, "preview"),
    snowflake_deploy_roles: `${deployerRole},ACCOUNTADMIN`,
    snowflake_preview_roles: `${previewerRole},${previewerRole}`,
  };
  const print = (part: string) => `npm run -s firn -- bootstrap --env ${name} --part ${part}`;
  return {
    template: planTemplate(site, teams),
    statements: planSnowflakeStatements(site, teams),
    signIn,
    steps: [
      {
        what: `AWS, as an administrator of account ${cloud.account}: where Pulumi's state lies, and the roles of the workflows. Add --parameter-overrides GitHubProvider=present if the account trusts GitHub already.`,
        commands: [
          `${print("aws")} > bootstrap-${name}.json`,
          `aws cloudformation deploy --region ${cloud.region} --stack-name ${baseName(site, "bootstrap")} --template-file bootstrap-${name}.json --capabilities CAPABILITY_NAMED_IAM`,
        ],
      },
      {
        what: `Snowflake, as ACCOUNTADMIN of ${signIn.snowflake_account}: the role that owns what is made, and the users of the workflows.`,
        commands: [
          `${print("snowflake")} > bootstrap-${name}.sql`,
          `snow sql --filename bootstrap-${name}.sql`,
        ],
      },
      {
        what: `Pulumi: the stack. It writes stacks/Pulumi.${name}.yaml; commit that.`,
        commands: [
          `npm run pulumi -- login '${signIn.backend}'`,
          `npm run pulumi -- stack init ${name} --secrets-provider '${signIn.secrets_provider}'`,
        ],
      },
      {
        what: `GitHub: the environment whose approval stands before a deployment. Name the reviewers in the repository's settings${cloud.production ? "; without them anybody who can merge can deploy" : ""}.`,
        commands: [`gh api --method PUT repos/${cloud.repository}/environments/${name}`],
      },
      {
        what: "The values of secrets, once the first deployment has made their containers.",
        commands: [`npm run -s firn -- secrets list --env ${name}`],
      },
    ],
  };
}
