// The rows of a catalogue file as values, one function for each list.
#pragma once

#include "core/catalogue/catalogue.h"
#include "settings/catalogue_fields.h"

namespace lastframe::settings {

// What is wrong is among the mistakes of the fields' row; such a row is not to be used.
catalogue::CodeRow code_row(const CatalogueFields& fields);
catalogue::CauseRow cause_row(const CatalogueFields& fields);
catalogue::ProductRow product_row(const CatalogueFields& fields);
catalogue::TimeoutRow timeout_row(const CatalogueFields& fields);
catalogue::LimitRow limit_row(const CatalogueFields& fields);
catalogue::ReasonRow reason_row(const CatalogueFields& fields);
catalogue::ApplicationRow application_row(const CatalogueFields& fields);
catalogue::HeartbeatRow heartbeat_row(const CatalogueFields& fields);
catalogue::FarewellRow farewell_row(const CatalogueFields& fields);
catalogue::RefusalRow refusal_row(const CatalogueFields& fields);
catalogue::DifferenceRow difference_row(const CatalogueFields& fields);
catalogue::HeadingRow heading_row(const CatalogueFields& fields);

}  // namespace lastframe::settings
