/* global AXE, PAGES, WIDTHS */
// Opens each page in a frame as wide as a desk's screen and as a telephone, and tells what is wrong with it. The test
// puts before: PAGES {name: address}, WIDTHS, AXE (the text of axe-core).
(async () => {
    const wrong = [];
    // Our part of a page, and of one that a link opens.
    const ROOTS = [".o_ticketing_staff_bar", "#wrap", ".o_ticketing_link"];
    const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

    async function open(address, width) {
        const frame = document.createElement("iframe");
        frame.style.cssText = `position: fixed; top: 0; left: 0; z-index: 9999; width: ${width}px; height: 900px; background: #fff`;
        frame.src = address;
        document.body.append(frame);
        const loaded = () => new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        await loaded();
        if (!frame.contentDocument) {
            // a page that is for one customer alone refuses to be framed: what it consists of does not
            frame.srcdoc = await (await fetch(address)).text();
            await loaded();
        }
        for (let tries = 0; tries < 200 && !frame.contentDocument.querySelector("body[is-ready=true]"); tries++) {
            await wait(50);
        }
        return frame;
    }

    /** What axe-core calls serious or critical, of our part of the page: core's bars and conversation are core's. */
    async function checkRules(frame, root, say) {
        frame.contentWindow.eval(AXE);
        const result = await frame.contentWindow.axe.run(
            {
                include: [[root]],
                exclude: [[".o_portal_navbar"], [".o_portal_chatter"], [".o_portal_pager"], [".o_portal_category"]],
            },
            { resultTypes: ["violations"] }
        );
        for (const rule of result.violations) {
            if (["serious", "critical"].includes(rule.impact)) {
                rule.nodes.forEach((node) => say(`${rule.id}: ${node.target} ${node.html.slice(0, 160)}`));
            }
        }
        return result;
    }

    /** Who has no mouse sees where he is, and goes through the page in its order. */
    function checkKeyboard(frame, root, say) {
        const page = frame.contentDocument;
        const ring = (element) => {
            const style = frame.contentWindow.getComputedStyle(element);
            return `${style.outlineStyle} ${style.outlineWidth} ${style.boxShadow} ${style.borderColor} ${style.backgroundColor}`;
        };
        for (const element of page.querySelectorAll(`${root} :is(a[href], button, input, select, textarea)`)) {
            if (element.tabIndex > 0) {
                say(`not in the page's order: ${element.outerHTML.slice(0, 120)}`);
            }
            const seen = element.closest("label.btn") || element;
            if (!seen.checkVisibility() || element.disabled || element.closest(".o_portal_navbar, .o_portal_chatter, .o_ticketing_trap")) {
                continue;
            }
            element.blur();
            const before = ring(seen);
            element.focus({ focusVisible: true });
            seen.getAnimations().forEach((animation) => animation.finish());
            if (page.activeElement === element && ring(seen) === before) {
                say(`can't be seen when it has the focus: ${element.outerHTML.slice(0, 120)}`);
            }
        }
    }

    for (const [name, address] of Object.entries(PAGES)) {
        for (const width of WIDTHS) {
            const frame = await open(address, width);
            const say = (text) => wrong.push(`${name} at ${width}: ${text}`);
            const page = frame.contentDocument;
            const root = ROOTS.find((selector) => page.querySelector(selector));
            if (!root) {
                say("the page did not open");
            } else {
                await checkRules(frame, root, say);
                checkKeyboard(frame, root, say);
                const { scrollWidth, clientWidth } = page.documentElement;
                if (scrollWidth > clientWidth) {
                    const wide = [...page.querySelectorAll(`${root} *`)].filter(
                        (element) => element.getBoundingClientRect().right > clientWidth + 1
                    );
                    say(`wider than the screen (${scrollWidth}): ${wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 100))}`);
                }
            }
            frame.remove();
        }
    }
    if (wrong.length) {
        console.error(`\n${wrong.join("\n")}`);
    } else {
        console.log("test successful");
    }
})();
