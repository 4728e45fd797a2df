import { deserializeDateTime } from "@web/core/l10n/dates";
import { formatFloatTime } from "@web/views/fields/formatters";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** A moment of today as its time, else with its day. */
export function formatMoment(moment) {
    const when = deserializeDateTime(moment);
    const time = when.toLocaleString(DateTime.TIME_SIMPLE);
    return when.hasSame(DateTime.now(), "day") ? time : `${when.toFormat("ccc d")}, ${time}`;
}

/** A day in words: Sunday, 22 November. */
export function formatDay(date) {
    return DateTime.fromISO(date).toLocaleString({ weekday: "long", day: "numeric", month: "long" });
}

export function formatHours(hours) {
    return _t("%s h", formatFloatTime(hours, { noLeadingZeroHour: true }));
}

/** A quantity without needless zeros, in the user's notation. */
export function formatQuantity(quantity) {
    return String(Number(quantity.toFixed(3))).replace(".", localization.decimalPoint);
}

/** What each operation is called where one was refused. */
export function operationLabel({ kind, shown, values }) {
    const labels = {
        timer_start: _t("Start of the timer"),
        timer_pause: _t("Pause"),
        timer_stop: _t("End of the work"),
        material_add: _t("Material: %s", shown?.name || ""),
        material_remove: _t("Material taken back: %s", shown?.name || ""),
        photo_add: _t("Photo %s", values.name || ""),
        check: _t("Check: %s", shown?.name || ""),
        summary: _t("Summary"),
        sign: _t("Signature of %s", values.signer_name || ""),
        absent: _t("Customer absent"),
        refuse: _t("Customer refuses to sign"),
        solve: _t("Solved"),
    };
    return labels[kind];
}
