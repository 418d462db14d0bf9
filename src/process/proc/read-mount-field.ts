/** A field of a line of /proc/self/mounts or mountinfo, where blanks within one are written in octal: proc_pid_mounts(5). */
export function readMountField(line: string, index: number): string | undefined {
  return line
    .split(' ')
    [index]?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
