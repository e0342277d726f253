/* status.c: the texts of the statuses; define EDSC_SMALL to leave them out of a firmware. */
#include "../include/edgescore.h"

const char *edsc_status_text(int status) {
#ifndef EDSC_SMALL
    static const struct {
        int status;
        const char *text;
    } texts[] = {
#include "gen/status_texts.inc"
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].status == status)
            return texts[i].text;
#endif
    return status == EDSC_OK ? "ok" : "error";
}
