"""Runs in an environment of its own: the vendor's generated client speaks to the address and token given.

Prints one JSON object with what it saw.
"""

import json
import sys

import constant_contact_api_client as vendor
from constant_contact_api_client.api import account_services_api, bulk_activities_api, contact_lists_api
from constant_contact_api_client.models import create_import_json_activity_request, update_list_request


def main(api_url: str, access_token: str) -> None:
    client = vendor.ApiClient(vendor.Configuration(host=api_url, access_token=access_token))
    account, lists = account_services_api.AccountServicesApi(client), contact_lists_api.ContactListsApi(client)
    jobs = bulk_activities_api.BulkActivitiesApi(client)
    made = lists.create_list(update_list_request.UpdateListRequest.from_dict({"name": "Made by the vendor's client"}))
    wanted = {
        "import_data": [{"email": "ann@example.com", "first_name": "Ann"}, {"email": "nobody"}],
        "list_ids": [made.list_id],
    }
    queued = jobs.create_import_json_activity(
        create_import_json_activity_request.CreateImportJSONActivityRequest.from_dict(wanted)
    )
    status = jobs.get_activity_by_id(queued.activity_id)
    page = lists.get_all_lists(include_count=True, include_membership_count="all")
    print(
        json.dumps(
            {
                "organization_name": account.get_account_details().organization_name,
                "lists": {one.name: one.membership_count for one in page.lists},
                "lists_count": page.lists_count,
                "first_state": queued.state,
                "state": status.state,
                "person_count": status.status.person_count,
                "correctable_count": status.status.correctable_count,
                "activities": len(jobs.get_all_activities().activities),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
