// Watches one picture on the page: when a key goes down, when a frame with another picture has been shown, whether the
// picture is whole in every frame between, and whether what stands below it moves.
//
// `root` holds the picture or pictures that `selector` finds; `below` is the next cell. With `images` they are <img>
// elements that are exchanged, else SVG drawings that are changed in place.
([root, selector, below, images]) => {
  const LOOK_ON = 200; // ms after a frame with a new picture
  const GIVE_UP = 5000; // ms after a key
  const pictures = () => [...root.querySelectorAll(selector)];
  const content = () => pictures().map((one) => (images ? one.src : one.innerHTML)).join("\n");
  const count = pictures().length;
  const home = below.getBoundingClientRect().top;
  const log = { presses: [], shown: [], same: [], looked: 0, empty: 0, jump: 0, presented: [] };
  let last = content();
  let waiting = false;
  let looking = false;
  let until = 0;

  // The first callback comes just before the frame is painted, the second with the next frame, so after it.
  const changed = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const present = content();
      const differs = present !== last;
      last = present;
      requestAnimationFrame(() => {
        const now = performance.now();
        (differs ? log.shown : log.same).push(now);
        until = now + LOOK_ON;
      });
    });
  };

  const whole = (one) => {
    const { width, height } = one.getBoundingClientRect();
    return width > 1 && height > 1 && (images ? one.complete && one.naturalWidth > 0 : one.childElementCount > 0);
  };
  const look = () => {
    looking = performance.now() < until;
    const present = pictures();
    log.looked += 1;
    if (present.length !== count || !present.every(whole)) log.empty += 1;
    log.jump = Math.max(log.jump, Math.abs(below.getBoundingClientRect().top - home));
    if (looking) requestAnimationFrame(look);
  };

  const pressed = (event) => {
    if (!event.key.startsWith("Arrow")) return;
    log.presses.push(event.timeStamp);
    until = event.timeStamp + GIVE_UP;
    if (!looking) {
      looking = true;
      requestAnimationFrame(look);
    }
  };
  document.addEventListener("keydown", pressed, { capture: true });

  // An exchanged image can be painted once it is loaded; a drawing as soon as it has changed.
  const observer = new MutationObserver(changed);
  if (images) root.addEventListener("load", changed, { capture: true });
  else for (const one of pictures()) observer.observe(one, { subtree: true, childList: true, attributes: true, characterData: true });

  // The browser's own account, in steps of 8 ms: from the key to the moment its next frame was handed to the screen.
  const events = new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries()) {
      if (name === "keydown") log.presented.push([startTime, duration]);
    }
  });
  events.observe({ type: "event", durationThreshold: 16 });

  const stop = () => {
    document.removeEventListener("keydown", pressed, { capture: true });
    root.removeEventListener("load", changed, { capture: true });
    observer.disconnect();
    events.disconnect();
  };
  return { log, stop };
}
