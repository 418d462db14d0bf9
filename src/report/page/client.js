// The script of the report's page: it draws the plots from the data that the page carries. It stands in the page as it is,
// so it imports nothing.
(() => {
  /** @import { Plot } from '../plots/plot.js' */
  /** @import UPlot from 'uplot' */

  /** @type {typeof UPlot | undefined} */
  const UPlotClass = Reflect.get(globalThis, 'uPlot');
  const data = document.getElementById('plots')?.textContent;
  if (UPlotClass === undefined || data == null) return;

  /** @type {readonly Plot[]} */
  const plots = JSON.parse(data);
  const root = document.documentElement;
  /** @type {{ holder: HTMLElement, plot: Plot, chart: UPlot | undefined }[]} */
  const drawn = [];
  const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

  /** @param {string} name */
  const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  /** Disruptions under the lines: a band where it lasted, a line where it was a moment. @param {Plot} plot @returns {UPlot.Plugin} */
  const shade = (plot) => ({
    hooks: {
      drawClear: (chart) => {
        const { ctx, bbox } = chart;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        for (const { from, until } of plot.shades) {
          const left = chart.valToPos(from, 'x', true);
          const right = until === undefined ? left : chart.valToPos(until, 'x', true);
          ctx.fillStyle = color(until === undefined ? '--moment' : '--shade');
          ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
        }
        ctx.restore();
      },
    },
  });

  /** The values under the cursor, in the legend below. @param {HTMLElement} figure @param {Plot} plot @returns {UPlot.Plugin} */
  const tell = (figure, plot) => {
    const outputs = [...figure.querySelectorAll('[data-line]')];
    const usual = outputs.map((output) => output.textContent);
    const time = figure.querySelector('[data-time]');
    return {
      hooks: {
        setCursor: ({ cursor: { idx } }) => {
          for (const [index, output] of outputs.entries()) {
            const value = idx == null ? undefined : plot.lines[index]?.values[idx];
            output.textContent =
              idx == null ? (usual[index] ?? '') : value == null ? '–' : `${number.format(value)} ${plot.unit}`;
          }
          if (time !== null) time.textContent = idx == null ? '' : `at ${number.format(plot.at[idx] ?? 0)} s`;
        },
      },
    };
  };

  /** @param {HTMLElement} holder @param {Plot} plot @returns {UPlot.Options} */
  const configure = (holder, plot) => {
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = {
      stroke: color('--soft'),
      grid: { stroke: color('--grid'), width: 1 },
      ticks: { show: false },
      font,
    };
    return {
      width: holder.clientWidth,
      height: holder.clientHeight,
      legend: { show: false },
      padding: [8, 22, 0, 0],
      cursor: { drag: { x: true, y: false }, points: { size: 6 }, sync: { key: plot.id.replace(/-plot-\d+$/, '') } },
      scales: {
        x: { time: false, range: (_, low, high) => (low === high ? [low, low + 1] : [low, high]) },
        y: plot.isLogarithmic
          ? { distr: 3 }
          : { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] },
      },
      axes: [
        { ...axis, size: 28, values: (_, ticks) => ticks.map((tick) => `${number.format(tick)} s`) },
        {
          ...axis,
          size: (_, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((value) => (value ?? '').length)),
          values: (_, ticks) => ticks.map((tick) => (tick == null ? '' : number.format(tick))),
        },
      ],
      series: [
        {},
        ...plot.lines.map(({ label, isDashed }, index) => ({
          label,
          ...(isDashed === true ? { dash: [4, 3] } : {}),
          stroke: color(`--line-${index + 1}`),
          width: 1.75,
          spanGaps: true,
          points: { show: plot.at.length < 3 },
        })),
      ],
      plugins: [shade(plot), tell(holder.closest('figure') ?? holder, plot)],
    };
  };

  /** @param {(typeof drawn)[number]} entry */
  const draw = (entry) => {
    const { holder, plot } = entry;
    entry.chart?.destroy();
    // Before the first and after the last value there is time too, and all plots of a scenario show the same span.
    entry.chart = new UPlotClass(
      configure(holder, plot),
      [[...plot.at], ...plot.lines.map(({ values }) => [...values])],
      holder,
    );
    entry.chart.setScale('x', { min: 0, max: plot.untilSeconds });
  };

  // A plot is drawn when it comes near the screen: a page of many opens at once all the same.
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const plot = plots.find(({ id }) => id === target.getAttribute('data-plot'));
        if (!isIntersecting || plot === undefined || !(target instanceof HTMLElement)) continue;
        observer.unobserve(target);
        const entry = { holder: target, plot, chart: undefined };
        drawn.push(entry);
        draw(entry);
      }
    },
    { rootMargin: '400px' },
  );
  for (const holder of document.querySelectorAll('[data-plot]')) observer.observe(holder);

  const redraw = () => drawn.forEach(draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    for (const { holder, chart } of drawn) chart?.setSize({ width: holder.clientWidth, height: holder.clientHeight });
  });
  addEventListener('beforeprint', () => {
    root.classList.add('print');
    for (const holder of document.querySelectorAll('[data-plot]')) {
      const plot = plots.find(({ id }) => id === holder.getAttribute('data-plot'));
      if (plot === undefined || !(holder instanceof HTMLElement) || drawn.some((each) => each.holder === holder))
        continue;
      observer.unobserve(holder);
      drawn.push({ holder, plot, chart: undefined });
    }
    redraw();
  });
  addEventListener('afterprint', () => {
    root.classList.remove('print');
    redraw();
  });
})();
