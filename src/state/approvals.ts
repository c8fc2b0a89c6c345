import type { z } from "zod";
import type { Approval, HeldPlan } from "../model/record.ts";
import { parseAs, type StateFolder, toJson } from "./folder.ts";
import { approvalSchema, heldSchema } from "./schemas.ts";

/** The plan that waits for a person, and that person's approval. */
const APPROVAL = "approval.json";
const HELD = "held.json";

/** null: there is no approval. A damaged one approves nothing either, and the next one replaces it. */
export function readApproval(folder: StateFolder): Promise<Approval | null> {
  return readOrNull(folder, APPROVAL, approvalSchema);
}

export async function writeApproval(folder: StateFolder, approval: Approval): Promise<void> {
  await folder.write(APPROVAL, toJson({ schemaVersion: 1, ...approval }));
}

export async function clearApproval(folder: StateFolder): Promise<void> {
  await folder.remove(APPROVAL);
}

/** The plan that was held last, or null. The next held sync replaces a damaged file. */
export function readHeld(folder: StateFolder): Promise<HeldPlan | null> {
  return readOrNull(folder, HELD, heldSchema);
}

export async function writeHeld(folder: StateFolder, held: HeldPlan): Promise<void> {
  await folder.write(HELD, toJson({ schemaVersion: 1, ...held }));
}

export async function clearHeld(folder: StateFolder): Promise<void> {
  await folder.remove(HELD);
}

async function readOrNull<T>(folder: StateFolder, name: string, schema: z.ZodType<T>): Promise<T | null> {
  const content = await folder.read(name);
  if (content === undefined) return null;
  const parsed = parseAs(schema, content);
  return parsed.ok ? parsed.value : null;
}
