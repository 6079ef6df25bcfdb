// A plain handler on AWS SDK v3: one unconditional put. Answers one event a line, as runner.py does.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});
const descriptor = Number(process.argv[2]);

async function handler(event) {
  const payment = JSON.parse(event.body);
  await client.send(
    new PutItemCommand({
      TableName: process.env.TABLE_NAME,
      Item: { pk: { S: `payment#${payment.transactionId}` }, amount: { N: payment.amount } },
    }),
  );
  return { statusCode: 201, body: JSON.stringify(payment) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const began = process.hrtime.bigint();
  const before = process.cpuUsage();
  const answer = await handler(JSON.parse(line));
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  const cpu = process.cpuUsage(before);
  const total = process.resourceUsage();
  writeSync(
    descriptor,
    JSON.stringify({
      wall,
      cpu: (cpu.user + cpu.system) / 1e6,
      total_cpu: (total.userCPUTime + total.systemCPUTime) / 1e6,
      at: Number(process.hrtime.bigint()) / 1e9,
      answer,
    }) + "\n",
  );
}
