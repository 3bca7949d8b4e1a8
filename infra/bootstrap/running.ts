import type { Need } from "./actions.ts";

const tagged = {
  read: ["cloudwatch:ListTagsForResource"],
  write: ["cloudwatch:TagResource", "cloudwatch:UntagResource"],
};
const passRole: Need = { on: "passedRole", write: ["iam:PassRole"] };

/** What AWS asks for what runs, wakes and watches: functions, state machines, schedules, queues, topics, alarms. */
export const running: Readonly<Record<string, readonly Need[]>> = {
  "aws:lambda/function:Function": [
    {
      on: "function",
      read: [
        ...["lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConcurrency"],
        ...["lambda:GetFunctionConfiguration", "lambda:ListTags", "lambda:ListVersionsByFunction"],
      ],
      write: [
        ...["lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency"],
        ...["lambda:PublishVersion", "lambda:PutFunctionConcurrency", "lambda:TagResource"],
        ...["lambda:UntagResource", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
      ],
    },
    passRole,
  ],
  "aws:lambda/alias:Alias": [
    {
      on: "function",
      read: ["lambda:GetAlias"],
      write: ["lambda:CreateAlias", "lambda:DeleteAlias", "lambda:UpdateAlias"],
    },
  ],
  "aws:lambda/eventSourceMapping:EventSourceMapping": [
    { on: "newMapping", write: ["lambda:CreateEventSourceMapping"] },
    {
      on: "mapping",
      read: ["lambda:GetEventSourceMapping"],
      write: ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"],
    },
    // These know no condition on the function.
    {
      on: "anything",
      read: ["lambda:ListTags"],
      write: ["lambda:TagResource", "lambda:UntagResource"],
    },
  ],
  "aws:lambda/permission:Permission": [
    {
      on: "function",
      read: ["lambda:GetPolicy"],
      write: ["lambda:AddPermission", "lambda:RemovePermission"],
    },
  ],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": [
    {
      on: "function",
      read: ["lambda:GetFunctionEventInvokeConfig"],
      write: ["lambda:DeleteFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig"],
    },
  ],
  "aws:cloudwatch/logGroup:LogGroup": [
    {
      on: "logGroup",
      read: ["logs:ListTagsForResource"],
      write: [
        ...["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DisassociateKmsKey"],
        ...["logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"],
      ],
    },
    // AWS lists log groups only all together.
    { on: "anything", read: ["logs:DescribeLogGroups"] },
  ],
  "aws:sfn/stateMachine:StateMachine": [
    {
      on: "stateMachine",
      read: ["states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource"],
      write: [
        ...["states:CreateStateMachine", "states:DeleteStateMachine", "states:TagResource"],
        ...["states:UntagResource", "states:UpdateStateMachine"],
      ],
    },
    // A preview has AWS check the definition, which belongs to no machine yet.
    { on: "anything", read: ["states:ValidateStateMachineDefinition"] },
    passRole,
  ],
  "aws:scheduler/scheduleGroup:ScheduleGroup": [
    {
      on: "schedule",
      read: ["scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"],
      write: [
        ...["scheduler:CreateScheduleGroup", "scheduler:DeleteScheduleGroup"],
        ...["scheduler:TagResource", "scheduler:UntagResource"],
      ],
    },
  ],
  "aws:scheduler/schedule:Schedule": [
    {
      on: "schedule",
      read: ["scheduler:GetSchedule"],
      write: ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
    },
    passRole,
  ],
  "aws:sqs/queue:Queue": [
    {
      on: "queue",
      read: ["sqs:GetQueueAttributes", "sqs:ListQueueTags"],
      write: [
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:SetQueueAttributes",
        "sqs:TagQueue",
        "sqs:UntagQueue",
      ],
    },
  ],
  "aws:sqs/queuePolicy:QueuePolicy": [
    { on: "queue", read: ["sqs:GetQueueAttributes"], write: ["sqs:SetQueueAttributes"] },
  ],
  "aws:sns/topic:Topic": [
    {
      on: "topic",
      read: ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
      write: [
        ...["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes"],
        ...["sns:TagResource", "sns:UntagResource"],
      ],
    },
  ],
  "aws:sns/topicPolicy:TopicPolicy": [
    { on: "topic", read: ["sns:GetTopicAttributes"], write: ["sns:SetTopicAttributes"] },
  ],
  "aws:sns/topicSubscription:TopicSubscription": [
    { on: "topic", write: ["sns:Subscribe"] },
    // AWS cannot narrow these to a topic.
    {
      on: "anything",
      read: ["sns:GetSubscriptionAttributes"],
      write: ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"],
    },
  ],
  "aws:cloudwatch/eventRule:EventRule": [
    {
      on: "rule",
      read: ["events:DescribeRule", "events:ListTagsForResource"],
      write: [
        ...["events:DeleteRule", "events:DisableRule", "events:EnableRule", "events:PutRule"],
        ...["events:TagResource", "events:UntagResource"],
      ],
    },
  ],
  "aws:cloudwatch/eventTarget:EventTarget": [
    {
      on: "rule",
      read: ["events:ListTargetsByRule"],
      write: ["events:PutTargets", "events:RemoveTargets"],
    },
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": [
    {
      on: "alarm",
      read: ["cloudwatch:DescribeAlarms", ...tagged.read],
      write: ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", ...tagged.write],
    },
  ],
  "aws:cloudwatch/dashboard:Dashboard": [
    {
      on: "dashboard",
      read: ["cloudwatch:GetDashboard"],
      write: ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"],
    },
  ],
};
