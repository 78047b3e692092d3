/* The parts of explain. */
#pragma once

/* explain route ADDR [from ADDR iif IF] [oif IF]. An exit status. */
int explain_route(const char *app, char **words);
