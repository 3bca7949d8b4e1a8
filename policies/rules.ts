/** Every rule, by name. A test holds the list to the files of rules/. */

import type { Rule } from "./rule.ts";
import accountPinned from "./rules/account-pinned.ts";
import alarmActs from "./rules/alarm-acts.ts";
import alarmMissingData from "./rules/alarm-missing-data.ts";
import alarmPerPipeline from "./rules/alarm-per-pipeline.ts";
import alarmRunbook from "./rules/alarm-runbook.ts";
import bucketAbortsUploads from "./rules/bucket-aborts-uploads.ts";
import bucketEncrypted from "./rules/bucket-encrypted.ts";
import bucketExpires from "./rules/bucket-expires.ts";
import bucketPrivate from "./rules/bucket-private.ts";
import bucketReadable from "./rules/bucket-readable.ts";
import bucketTlsOnly from "./rules/bucket-tls-only.ts";
import bucketVersioned from "./rules/bucket-versioned.ts";
import bucketWithoutAcls from "./rules/bucket-without-acls.ts";
import dataNotForced from "./rules/data-not-forced.ts";
import dataProtected from "./rules/data-protected.ts";
import edgeDeadLetters from "./rules/edge-dead-letters.ts";
import eventsFromInboxOnly from "./rules/events-from-inbox-only.ts";
import executeStatements from "./rules/execute-statements.ts";
import functionBounded from "./rules/function-bounded.ts";
import functionDeadLetters from "./rules/function-dead-letters.ts";
import functionEnvironment from "./rules/function-environment.ts";
import functionLogs from "./rules/function-logs.ts";
import functionPermissionScoped from "./rules/function-permission-scoped.ts";
import functionRuntime from "./rules/function-runtime.ts";
import iamNoNegation from "./rules/iam-no-negation.ts";
import iamNoWildcardAction from "./rules/iam-no-wildcard-action.ts";
import iamNoWildcardResource from "./rules/iam-no-wildcard-resource.ts";
import iamOwnPolicies from "./rules/iam-own-policies.ts";
import iamPolicyWellFormed from "./rules/iam-policy-well-formed.ts";
import integrationNarrow from "./rules/integration-narrow.ts";
import keyDeletionWaits from "./rules/key-deletion-waits.ts";
import keyRotates from "./rules/key-rotates.ts";
import logsRetained from "./rules/logs-retained.ts";
import machineLogs from "./rules/machine-logs.ts";
import maskingClosed from "./rules/masking-closed.ts";
import monitorSuspends from "./rules/monitor-suspends.ts";
import networkPolicyNarrow from "./rules/network-policy-narrow.ts";
import noBroadGrants from "./rules/no-broad-grants.ts";
import noCredentialResources from "./rules/no-credential-resources.ts";
import noCredentialsInText from "./rules/no-credentials-in-text.ts";
import noGrantToPublic from "./rules/no-grant-to-public.ts";
import noGrantsAcrossTeams from "./rules/no-grants-across-teams.ts";
import objectEncrypted from "./rules/object-encrypted.ts";
import ownershipByOwners from "./rules/ownership-by-owners.ts";
import procedureSharesDeclared from "./rules/procedure-shares-declared.ts";
import queueEncrypted from "./rules/queue-encrypted.ts";
import rawImmutable from "./rules/raw-immutable.ts";
import resourcePolicyClosed from "./rules/resource-policy-closed.ts";
import roleBounded from "./rules/role-bounded.ts";
import schemaManaged from "./rules/schema-managed.ts";
import secretEncrypted from "./rules/secret-encrypted.ts";
import serviceUsersOnly from "./rules/service-users-only.ts";
import stageThroughIntegration from "./rules/stage-through-integration.ts";
import tagged from "./rules/tagged.ts";
import taggedWithTeam from "./rules/tagged-with-team.ts";
import timeTravelBounded from "./rules/time-travel-bounded.ts";
import topicEncrypted from "./rules/topic-encrypted.ts";
import topicLetsAlarmsThrough from "./rules/topic-lets-alarms-through.ts";
import transientRawOnly from "./rules/transient-raw-only.ts";
import trustConditioned from "./rules/trust-conditioned.ts";
import trustNamed from "./rules/trust-named.ts";
import warehouseClusters from "./rules/warehouse-clusters.ts";
import warehouseMonitored from "./rules/warehouse-monitored.ts";
import warehouseResumes from "./rules/warehouse-resumes.ts";
import warehouseSize from "./rules/warehouse-size.ts";
import warehouseStartsSuspended from "./rules/warehouse-starts-suspended.ts";
import warehouseSuspends from "./rules/warehouse-suspends.ts";
import warehouseTimesOut from "./rules/warehouse-times-out.ts";

export const rules: readonly Rule[] = [
  accountPinned,
  alarmActs,
  alarmMissingData,
  alarmPerPipeline,
  alarmRunbook,
  bucketAbortsUploads,
  bucketEncrypted,
  bucketExpires,
  bucketPrivate,
  bucketReadable,
  bucketTlsOnly,
  bucketVersioned,
  bucketWithoutAcls,
  dataNotForced,
  dataProtected,
  edgeDeadLetters,
  eventsFromInboxOnly,
  executeStatements,
  functionBounded,
  functionDeadLetters,
  functionEnvironment,
  functionLogs,
  functionPermissionScoped,
  functionRuntime,
  iamNoNegation,
  iamNoWildcardAction,
  iamNoWildcardResource,
  iamOwnPolicies,
  iamPolicyWellFormed,
  integrationNarrow,
  keyDeletionWaits,
  keyRotates,
  logsRetained,
  machineLogs,
  maskingClosed,
  monitorSuspends,
  networkPolicyNarrow,
  noBroadGrants,
  noCredentialResources,
  noCredentialsInText,
  noGrantToPublic,
  noGrantsAcrossTeams,
  objectEncrypted,
  ownershipByOwners,
  procedureSharesDeclared,
  queueEncrypted,
  rawImmutable,
  resourcePolicyClosed,
  roleBounded,
  schemaManaged,
  secretEncrypted,
  serviceUsersOnly,
  stageThroughIntegration,
  taggedWithTeam,
  tagged,
  timeTravelBounded,
  topicEncrypted,
  topicLetsAlarmsThrough,
  transientRawOnly,
  trustConditioned,
  trustNamed,
  warehouseClusters,
  warehouseMonitored,
  warehouseResumes,
  warehouseSize,
  warehouseStartsSuspended,
  warehouseSuspends,
  warehouseTimesOut,
];
