import type { Generated, GeneratedService } from "../model/live.ts";
import { remember, searchBy } from "./memo.ts";

const byUnit = searchBy(({ unit }: GeneratedService) => unit);
const listed = remember((services: Generated["services"]) => [...services.values()]);

/** The service that podman's generator makes of a unit; undefined where it makes none. */
export function serviceOfUnit({ services }: Generated, unit: string): GeneratedService | undefined {
  return byUnit(listed(services), unit)[0];
}
