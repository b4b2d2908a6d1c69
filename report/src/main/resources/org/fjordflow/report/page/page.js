// Makes the page of its data. Texts come from people's files, so they are only ever set as text.
(function () {
  'use strict';

  const page = JSON.parse(document.getElementById('page-data').textContent);
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const drawn = [];
  let printing = false;

  // Colours: P. Tol's bright scheme, and lighter shades of it on dark paper; maps that grow evenly.
  const LIGHT = {
    ink: '#1d2430', soft: '#5a6575', line: '#dde2e9', grid: '#eceff3', card: '#ffffff',
    roles: { DATA: '#4477aa', MODEL: '#dd5566', THIRD: '#228833', FOURTH: '#aa3377', REFERENCE: '#8a94a3', ALERT: '#cc3311' },
    map: ['#ffffff', '#e4e6f3', '#c3cbe6', '#9fb0d8', '#8a8fcb', '#8566b4', '#7f3a94', '#650b6c', '#3f0044']
  };
  const DARK = {
    ink: '#e6eaf0', soft: '#9aa6b6', line: '#3a4452', grid: '#262e39', card: '#1a2029',
    roles: { DATA: '#77aadd', MODEL: '#ee8866', THIRD: '#88cc88', FOURTH: '#dd99cc', REFERENCE: '#7d8898', ALERT: '#ff7766' },
    map: ['#12151f', '#1c1044', '#4f127b', '#812581', '#b5367a', '#e55064', '#fb8761', '#fec287', '#fcfdbf']
  };

  function theme() {
    return dark.matches && !printing ? DARK : LIGHT;
  }

  function element(parent, tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  // Numbers with a few digits.
  function number(value) {
    if (value === null || value === undefined || !isFinite(value)) return '–';
    const size = Math.abs(value);
    if (size === 0) return '0';
    if (size >= 1e6 || size < 1e-3) {
      return value.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e').replace('-', '−');
    }
    return Number(value.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 6 }).replace('-', '−');
  }

  function tick(axis) {
    if (axis.kind === 'TIME') return value => new Date(value * 1000).toISOString().slice(0, 10);
    return number;
  }

  function place(axis, value) {
    if (axis.kind === 'NAMES') return axis.categories[value];
    return tick(axis)(value);
  }

  // ---- options of charts: all of ECharts' looks are here

  function axisOption(axis, colours, vertical, zero) {
    const names = axis.kind === 'NAMES';
    const option = {
      type: names ? 'category' : axis.kind === 'LOG' ? 'log' : 'value',
      name: axis.name,
      nameLocation: vertical ? 'end' : 'middle',
      nameGap: vertical ? 10 : 26,
      nameTextStyle: { color: colours.soft, fontSize: 12, align: vertical ? 'left' : 'center' },
      nameTruncate: { maxWidth: 260, ellipsis: '…' },
      scale: !zero,
      axisLine: { show: true, onZero: false, lineStyle: { color: colours.line } },
      axisTick: { show: !names, lineStyle: { color: colours.line } },
      splitLine: { show: !names, lineStyle: { color: colours.grid } },
      axisLabel: { color: colours.soft, fontSize: 11, hideOverlap: true },
      splitNumber: 5
    };
    if (names) {
      option.data = axis.categories;
      option.axisLabel.width = 110;
      option.axisLabel.overflow = 'truncate';
      if (vertical) option.inverse = true;
    } else {
      option.axisLabel.formatter = tick(axis);
    }
    if (axis.range) {
      option.min = axis.range.min;
      option.max = axis.range.max;
      option.axisLabel.showMinLabel = isRound(axis.range.min);
      option.axisLabel.showMaxLabel = isRound(axis.range.max);
    }
    return option;
  }

  // Whether an end of an axis is a number that one would choose.
  function isRound(value) {
    return Number(value.toPrecision(2)) === value;
  }

  function pairs(mark) {
    return mark.x.map((x, i) => [x, mark.y[i]]);
  }

  function colourAt(map, share) {
    const at = Math.max(0, Math.min(1, share)) * (map.length - 1);
    const below = Math.min(Math.floor(at), map.length - 2);
    const part = at - below;
    const parse = (text, i) => parseInt(text.substr(1 + 2 * i, 2), 16);
    return [0, 1, 2].map(i => Math.round(parse(map[below], i) * (1 - part) + parse(map[below + 1], i) * part));
  }

  function heatImage(mark, map) {
    const columns = mark.columns;
    const rows = mark.values.length / columns;
    const canvas = document.createElement('canvas');
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext('2d');
    const image = context.createImageData(columns, rows);
    const highest = heatTop(mark);
    mark.values.forEach((value, i) => {
      const share = value === null ? 0 : Math.exp(value - highest);
      const colour = colourAt(map, share);
      const at = 4 * ((rows - 1 - Math.floor(i / columns)) * columns + (i % columns));
      image.data.set([colour[0], colour[1], colour[2], 255], at);
    });
    context.putImageData(image, 0, 0);
    return canvas;
  }

  function heatTop(mark) {
    return mark.values.reduce((a, b) => (b !== null && b > a ? b : a), -Infinity);
  }

  function heatValue(mark, x, y) {
    const l = mark.limits;
    const column = Math.floor((x - l.x.min) / (l.x.max - l.x.min) * mark.columns);
    const rows = mark.values.length / mark.columns;
    const row = Math.floor((y - l.y.min) / (l.y.max - l.y.min) * rows);
    if (column < 0 || row < 0 || column >= mark.columns || row >= rows) return undefined;
    return mark.values[row * mark.columns + column];
  }

  function seriesOption(mark, colours) {
    const colour = colours.roles[mark.role];
    const common = { name: mark.name, animation: false, color: colour };
    switch (mark.type) {
      case 'line': {
        const thin = mark.look === 'THIN';
        return Object.assign(common, {
          type: 'line', data: pairs(mark), showSymbol: mark.look === 'DOTTED', symbol: 'circle', symbolSize: 6,
          lineStyle: { width: thin ? 1 : 2, opacity: thin ? 0.75 : 1, type: mark.look === 'DASHED' ? 'dashed' : 'solid' },
          emphasis: { disabled: true }
        });
      }
      case 'points':
        return Object.assign(common, {
          type: 'scatter', data: pairs(mark), symbolSize: mark.size,
          itemStyle: { opacity: mark.x.length > 200 ? 0.5 : 0.9 }, emphasis: { disabled: true }
        });
      case 'steps':
        return Object.assign(common, {
          type: 'line', step: 'end', showSymbol: false, data: mark.edges.map((x, i) => [x, mark.heights[Math.min(i, mark.heights.length - 1)]]),
          lineStyle: { width: 1.6 }, areaStyle: { opacity: 0.18, origin: 'start' }, emphasis: { disabled: true }
        });
      case 'bars':
        return Object.assign(common, { type: 'bar', data: mark.heights, barMaxWidth: 28, barGap: '10%', emphasis: { disabled: true } });
      case 'band':
        return Object.assign(common, {
          type: 'custom', silent: true, clip: true, data: [[mark.x[0], Math.min(...mark.lower.filter(v => v !== null))],
            [mark.x[mark.x.length - 1], Math.max(...mark.upper.filter(v => v !== null))]],
          renderItem: (params, api) => params.dataIndex > 0 ? null : {
            type: 'polygon',
            shape: { points: mark.x.map((x, i) => api.coord([x, mark.lower[i]]))
              .concat(mark.x.map((x, i) => api.coord([x, mark.upper[i]])).reverse()) },
            style: { fill: colour, opacity: 0.2 }
          }
        });
      case 'level':
        return Object.assign(common, {
          type: 'line', data: [], markLine: {
            silent: true, symbol: 'none', animation: false, data: [mark.vertical ? { xAxis: mark.at } : { yAxis: mark.at }],
            lineStyle: { color: colour, type: 'dashed', width: 1.5 },
            label: { show: true, formatter: () => mark.name, position: mark.vertical ? 'insideEndTop' : 'insideEndBottom', color: colours.ink, fontSize: 11 }
          }
        });
      case 'heat': {
        const l = mark.limits;
        const image = heatImage(mark, colours.map);
        return Object.assign(common, {
          type: 'custom', silent: true, clip: true, data: [[l.x.min, l.y.min, l.x.max, l.y.max]], encode: { x: [0, 2], y: [1, 3] },
          renderItem: (params, api) => {
            const low = api.coord([l.x.min, l.y.min]);
            const high = api.coord([l.x.max, l.y.max]);
            return { type: 'image', style: { image: image, x: low[0], y: high[1], width: high[0] - low[0], height: low[1] - high[1] } };
          }
        });
      }
      default:
        throw new Error('no mark of type ' + mark.type);
    }
  }

  function named(marks) {
    return marks.filter(mark => mark.name && mark.type !== 'level' && mark.type !== 'heat');
  }

  function gridBox(block, width, legend) {
    const top = legend ? 54 : 30;
    if (!block.square) return { left: 10, right: 18, top: top, bottom: 34, containLabel: true };
    const side = Math.min(width - 66, 470);
    const ratio = (block.y.range.max - block.y.range.min) / (block.x.range.max - block.x.range.min);
    const left = Math.max(50, (width - side) / 2);
    return { left: left, top: top, width: side, height: side * ratio };
  }

  function height(block, width, legend, dense) {
    if (!block.square) {
      const rows = block.y.kind === 'NAMES' ? 90 + 24 * block.y.categories.length : 0;
      return Math.max(rows, dense ? 230 : 300);
    }
    const box = gridBox(block, width, legend);
    return box.top + box.height + 44;
  }

  function tooltip(block, colours) {
    const axes = !block.square && block.marks.some(m => ['line', 'steps', 'bars'].includes(m.type));
    if (!axes) return { show: false };
    return {
      trigger: 'axis', confine: true, backgroundColor: colours.card, borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 12 },
      axisPointer: { lineStyle: { color: colours.soft }, label: { show: false } },
      formatter: items => {
        const box = element(null, 'div');
        element(box, 'div', '', block.x.name + ' ' + place(block.x, items[0].axisValue));
        items.forEach(item => {
          const value = Array.isArray(item.value) ? item.value[1] : item.value;
          element(box, 'div', '', (item.seriesName || '') + ' ' + number(value)).style.color = item.color;
        });
        return box;
      }
    };
  }

  function chartOption(block, width, colours) {
    const keys = named(block.marks);
    const legend = keys.length > 1 || block.marks.length > 1 && keys.length > 0;
    const fromZero = block.marks.some(mark => mark.type === 'steps' || mark.type === 'bars');
    const flat = block.y.kind === 'NAMES';
    const option = {
      animation: false,
      textStyle: { fontFamily: 'system-ui, "Segoe UI", Helvetica, Arial, sans-serif' },
      grid: gridBox(block, width, legend),
      xAxis: axisOption(block.x, colours, false, flat && fromZero),
      yAxis: axisOption(block.y, colours, true, !flat && fromZero),
      tooltip: tooltip(block, colours),
      series: block.marks.map(mark => seriesOption(mark, colours))
    };
    if (legend) {
      option.legend = {
        type: 'scroll', top: 0, left: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 8,
        textStyle: { color: colours.ink, fontSize: 12 }, data: keys.map(mark => mark.name),
        pageTextStyle: { color: colours.soft }
      };
    }
    return option;
  }

  // ---- blocks

  function card(parent, title, wide) {
    const box = element(parent, 'div', wide ? 'card wide' : 'card');
    if (title) element(box, 'h3', '', title).title = title;
    return box;
  }

  function plot(box, block) {
    const area = element(box, 'div', 'plot');
    area.setAttribute('role', 'img');
    area.setAttribute('aria-label', block.title + (block.note ? '. ' + block.note : ''));
    return area;
  }

  function redraw(item) {
    const width = item.area.clientWidth;
    const colours = theme();
    const block = item.block;
    const keys = named(block.marks);
    const legend = keys.length > 1 || block.marks.length > 1 && keys.length > 0;
    item.area.style.height = height(block, width, legend, item.dense) + 'px';
    if (!item.chart) {
      item.chart = echarts.init(item.area, null, { renderer: 'canvas', devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
    }
    item.chart.resize({ width: width });
    item.chart.setOption(chartOption(block, width, colours), { notMerge: true });
    if (item.gradient) item.gradient.style.background = 'linear-gradient(to right, ' + colours.map.join(', ') + ')';
    item.area.dataset.marks = String(countMarks(item));
  }

  // What is drawn of each series, for tests: the least of them.
  function countMarks(item) {
    item.chart.getZr().flush();
    const counts = item.block.marks.map((mark, i) => {
      let shapes = 0;
      const series = item.chart.getModel().getSeriesByIndex(i);
      const view = mark.type === 'level' ? item.chart.getViewOfComponentModel(item.chart.getModel().getComponent('markLine')) : item.chart.getViewOfSeriesModel(series);
      view.group.traverse(shape => { if (!shape.isGroup) shapes++; });
      return shapes;
    });
    return counts.length === 0 ? 0 : Math.min(...counts);
  }

  function addChart(parent, block, dense) {
    const box = card(parent, block.title);
    const item = { block: block, area: plot(box, block), dense: dense };
    const heat = block.marks.find(mark => mark.type === 'heat');
    if (heat) {
      const scale = element(box, 'div', 'scale');
      element(scale, 'span', '', '0');
      item.gradient = element(scale, 'i');
      element(scale, 'span', '', number(Math.exp(heatTop(heat))) + ' ' + heat.name);
      const readout = element(box, 'div', 'readout', 'Point at the colours to read the density there.');
      item.area.addEventListener('mousemove', event => {
        const bounds = item.area.getBoundingClientRect();
        const at = item.chart.convertFromPixel({ gridIndex: 0 }, [event.clientX - bounds.left, event.clientY - bounds.top]);
        const value = heatValue(heat, at[0], at[1]);
        readout.textContent = value === undefined ? '' :
          block.x.name + ' ' + number(at[0]) + ', ' + block.y.name + ' ' + number(at[1]) + ': log-density ' + number(value);
      });
    }
    if (block.note) element(box, 'p', 'note', block.note);
    drawn.push(item);
  }

  function trail(motion, until) {
    const data = [];
    for (let i = 0; i < motion.trails; i++) {
      for (let k = 0; k <= until; k++) data.push([motion.states[k][2 * i], motion.states[k][2 * i + 1]]);
      data.push([null, null]);
    }
    return data;
  }

  function motionMarks(motion, k) {
    const points = motion.states[k];
    const dots = { x: [], y: [] };
    for (let i = 0; i < points.length; i += 2) {
      dots.x.push(points[i]);
      dots.y.push(points[i + 1]);
    }
    const way = trail(motion, k);
    return [
      { type: 'line', name: '', role: 'REFERENCE', look: 'THIN', x: way.map(p => p[0]), y: way.map(p => p[1]) },
      { type: 'points', name: '', role: 'MODEL', size: 4, x: dots.x, y: dots.y }
    ];
  }

  function addMotion(parent, motion) {
    const box = card(parent, motion.title);
    const last = motion.times.length - 1;
    const block = { title: motion.title, note: motion.note, x: motion.x, y: motion.y, square: true, marks: motionMarks(motion, last) };
    const item = { block: block, area: plot(box, block), dense: false };
    const row = element(box, 'div', 'slider');
    const play = element(row, 'button', '', 'Play');
    const slider = element(row, 'input');
    const said = element(row, 'output');
    play.type = 'button';
    slider.type = 'range';
    slider.min = '0';
    slider.max = String(last);
    slider.setAttribute('aria-label', 'time');
    let timer = 0;
    function show(k) {
      slider.value = String(k);
      said.textContent = 'time ' + number(motion.times[k]);
      block.marks = motionMarks(motion, k);
      if (item.chart) item.chart.setOption({ series: block.marks.map(mark => ({ data: pairs(mark) })) });
    }
    function pause() {
      clearInterval(timer);
      timer = 0;
      play.textContent = 'Play';
    }
    slider.addEventListener('input', () => { pause(); show(Number(slider.value)); });
    play.addEventListener('click', () => {
      if (timer) { pause(); return; }
      let k = Number(slider.value) >= last ? 0 : Number(slider.value);
      play.textContent = 'Pause';
      show(k);
      timer = setInterval(() => { if (k >= last) pause(); else show(++k); }, 120);
    });
    show(last);
    if (motion.note) element(box, 'p', 'note', motion.note);
    drawn.push(item);
  }

  function addFacts(parent, block, alone) {
    const box = card(parent, block.folded ? '' : block.title, alone);
    let inside = box;
    if (block.folded) {
      inside = element(box, 'details');
      element(inside, 'summary', '', block.title);
    }
    const table = element(element(inside, 'div', 'scroll'), 'table', 'facts');
    block.facts.forEach(fact => {
      const row = element(table, 'tr');
      element(row, 'td', '', fact.name);
      element(row, 'td', '', fact.value);
    });
  }

  function addGrid(parent, block) {
    const box = card(parent, block.title, true);
    const table = element(element(box, 'div', 'scroll'), 'table');
    const numbers = block.header.map((name, j) => j > 0 && block.rows.every(row => /^[−\-+±\d.,e %]*$|^–$|^(NaN|∞)$/.test(row[j])));
    const head = element(table, 'tr');
    block.header.forEach((name, j) => element(head, 'th', numbers[j] ? 'number' : '', name));
    block.rows.forEach(texts => {
      const row = element(table, 'tr');
      texts.forEach((text, j) => element(row, 'td', numbers[j] ? 'number' : '', text));
    });
  }

  function addPicture(parent, block) {
    const box = card(parent, block.title, false);
    const picture = element(box, 'img', 'picture');
    picture.src = block.source;
    picture.alt = block.title;
    picture.style.width = block.width + 'px';
    if (block.note) element(box, 'p', 'note', block.note);
  }

  function addBlock(parent, block, dense) {
    switch (block.type) {
      case 'chart': addChart(parent, block, dense); break;
      case 'motion': addMotion(parent, block); break;
      case 'picture': addPicture(parent, block); break;
      case 'facts': addFacts(parent, block); break;
      case 'grid': addGrid(parent, block); break;
      case 'text': element(card(parent, '', true), 'p', '', block.text); break;
      default: throw new Error('no block of type ' + block.type);
    }
  }

  // Blocks that stand side by side; tables and paragraphs stand alone.
  function runs(blocks) {
    const all = [];
    let beside = false;
    blocks.forEach(block => {
      const wide = block.type === 'grid' || block.type === 'text';
      if (beside && !wide) all[all.length - 1].push(block);
      else all.push([block]);
      beside = !wide;
    });
    return all;
  }

  function layout(run) {
    const folded = run.some(block => block.folded);
    if (!folded && (run.length === 3 || run.length === 6)) return 'three';
    return run.length > 4 && run.every(block => block.type === 'chart') ? 'dense' : '';
  }

  function build() {
    const main = document.getElementById('page');
    const header = element(main, 'header');
    element(header, 'h1', '', page.title);
    element(header, 'p', 'subtitle', page.subtitle);
    const figures = element(header, 'div', 'figures');
    page.figures.forEach(fact => {
      const box = element(figures, 'div', 'figure');
      element(box, 'b', '', fact.value);
      element(box, 'span', '', fact.name);
    });
    const nav = element(header, 'nav');
    page.sections.forEach((section, i) => {
      const link = element(nav, 'a', '', section.title);
      link.href = '#part-' + i;
      const box = element(main, 'section');
      const title = element(box, 'h2', '', section.title);
      title.id = 'part-' + i;
      if (section.note) element(box, 'p', 'note', section.note);
      runs(section.blocks).forEach(run => {
        const columns = layout(run);
        const blocks = element(box, 'div', 'blocks ' + columns);
        run.forEach(block => addBlock(blocks, block, columns === 'dense'));
      });
    });
    element(main, 'footer', '', 'Made by fjord. Charts by Apache ECharts ' + echarts.version + ' (Apache License 2.0), which is in this file; nothing is loaded from anywhere.');
  }

  function redrawAll() {
    drawn.forEach(redraw);
    document.documentElement.dataset.charts = String(drawn.length);
  }

  build();
  redrawAll();
  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth !== width) {
      width = window.innerWidth;
      redrawAll();
    }
  });
  dark.addEventListener('change', redrawAll);
  window.addEventListener('beforeprint', () => { printing = true; redrawAll(); });
  window.addEventListener('afterprint', () => { printing = false; redrawAll(); });
})();
