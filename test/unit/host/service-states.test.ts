import { describe, expect, test } from "vitest";
import { parseServiceStates } from "../../../src/host/service-states.ts";

/** As systemd 257 prints it for a container's service, with a limit set by hand and a drop-in of an odd name. */
const RUNNING = `MainPID=638
Result=success
NRestarts=2
Type=notify
Job=37
ConditionResult=yes
ConditionTimestampMonotonic=12516706780
TriggeredBy=web.socket web.timer
ExecMainStatus=137
InactiveExitTimestampMonotonic=12437614774
ExecMainStartTimestampMonotonic=12437690000
ActiveEnterTimestampMonotonic=12437714557
InactiveEnterTimestampMonotonic=0
InactiveEnterTimestamp=@1796057364
TimeoutStartUSec=1min 30s
ControlGroup=/user.slice/user-1000.slice/user@1000.service/app.slice/web.service
CPUWeight=[not set]
CPUQuotaPerSecUSec=1.500000s
IOWeight=20
MemoryHigh=infinity
MemoryMax=536870912
MemorySwapMax=0
TasksMax=28909
Id=web.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/run/user/1000/systemd/generator/web.service
SourcePath=/home/homelab/.config/containers/systemd/web.container
DropInPaths=/run/user/1000/50-IOWeight.conf "/home/homelab/.config/systemd/user/web.service.d/a b'\\"\\$x;é.conf"
UnitFileState=generated
NeedDaemonReload=yes
InvocationID=76d9720c84f647f2a20a7fff195a095e
`;
const UNKNOWN = `MainPID=0
LoadState=not-found
ActiveState=inactive
DropInPaths=
NeedDaemonReload=no
CPUQuotaPerSecUSec=infinity
Job=
ConditionResult=no
ConditionTimestampMonotonic=0
InactiveExitTimestampMonotonic=0
TimeoutStartUSec=infinity
`;

describe("the states that systemctl shows", () => {
  test("are given by name, in the order of the question", () => {
    const states = parseServiceStates(["none.service", "web.service"], `${UNKNOWN}\n${RUNNING}`);
    expect(states.map(({ name, loadState, activeState }) => [name, loadState, activeState])).toEqual([
      ["none.service", "not-found", "inactive"],
      ["web.service", "loaded", "active"],
    ]);
    expect(states[1]).toMatchObject({ needDaemonReload: true, mainPid: 638, restarts: 2 });
    expect(states[1]).toMatchObject({ invocationId: "76d9720c84f647f2a20a7fff195a095e" });
  });

  test("have limits in bytes and microseconds, and null if there is none", () => {
    const [running, unknown] = parseServiceStates(["web.service", "x.service"], `${RUNNING}\n${UNKNOWN}`);
    const idle = RUNNING.replace("CPUWeight=[not set]", "CPUWeight=idle");
    expect(parseServiceStates(["web.service"], idle)[0]).toMatchObject({ cpuWeight: 0 });
    expect(running).toMatchObject({ memoryMax: 536_870_912, memoryHigh: null, memorySwapMax: 0 });
    expect(running).toMatchObject({ cpuQuotaPerSecUSec: 1_500_000, cpuWeight: null, ioWeight: 20 });
    expect(unknown).toMatchObject({ memoryMax: null, cpuQuotaPerSecUSec: null });
  });

  test("have their times in milliseconds, and null for what has not come yet", () => {
    const [running, unknown] = parseServiceStates(["web.service", "x.service"], `${RUNNING}\n${UNKNOWN}`);
    expect(running).toMatchObject({ type: "notify", job: true, conditionMet: true, execStatus: 137 });
    expect(running).toMatchObject({ startedAtMs: 12_437_615, mainStartedAtMs: 12_437_690 });
    expect(running).toMatchObject({ activeSinceMs: 12_437_715, inactiveSinceMs: null });
    expect(running).toMatchObject({
      timeoutStartMs: 90_000,
      triggeredBy: ["web.socket", "web.timer"],
    });
    expect(unknown).toMatchObject({ type: "", job: false, startedAtMs: null, timeoutStartMs: null });
    expect(running).toMatchObject({ endedWallMs: 1_796_057_364_000 });
    expect(unknown).toMatchObject({ triggeredBy: [], execStatus: 0, endedWallMs: null });
  });

  test("say that a condition was not met only once systemd has looked", () => {
    const met = (text: string) => parseServiceStates(["web.service"], text)[0]?.conditionMet;
    expect(met(UNKNOWN)).toBe(true);
    expect(met(UNKNOWN.replace("Monotonic=0", "Monotonic=77"))).toBe(false);
  });

  test("keep paths whole that systemctl puts in quotes", () => {
    const [state] = parseServiceStates(["web.service"], RUNNING);
    expect(state?.dropInPaths).toEqual([
      "/run/user/1000/50-IOWeight.conf",
      `/home/homelab/.config/systemd/user/web.service.d/a b'"$x;é.conf`,
    ]);
  });

  test.each([
    ["333ms", 333_000],
    ["333.300ms", 333_300],
    ["1min 40s", 100_000_000],
    ["5us", 5],
    ["1month 1w 2d 13h 30min", 3_456_000_000_000],
  ])("give a quota of %s in microseconds", (text, expected) => {
    const shown = RUNNING.replace("1.500000s", text);
    expect(parseServiceStates(["web.service"], shown)[0]?.cpuQuotaPerSecUSec).toBe(expected);
  });

  test("are refused if a unit is missing from them", () => {
    expect(() => parseServiceStates(["a.service", "b.service"], RUNNING)).toThrow("reported 1 units, not 2");
  });
});
