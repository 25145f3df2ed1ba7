/**
 * The sum of a counter's series in Prometheus' text format.
 *
 * @param label one that they have, such as `project="default"`; absent = any
 */
export function counted(metrics: string, counter: string, label = ''): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${counter}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
