"""Sentences written for these tests, as people write in forums of makers and reviews of hotels."""

SUGGESTIONS = """
Please allow us to schedule posts for a later time.
It would be nice if the calendar showed week numbers.
Add support for portrait mode on tablets.
There should be a way to mute a single thread.
Let developers reply to reviews from inside the console.
You should add a search box to the settings page.
I would love to be able to pin more than three tabs.
Provide an API that returns the battery level of each device.
My suggestion is to ship the samples with the installer.
Why not let people choose the colour of the start screen?
The emulator should be able to simulate a weak signal.
Make the file picker remember the last folder.
Allow apps to run a task every minute in the background.
We need a better way to test purchases before publishing.
Could you please include offline maps in the next version?
Expose the clipboard history to extensions.
It'd be great to have spell checking in the notes field.
I wish there was a button that clears all notifications.
Consider adding a trial period of 14 days for every plan.
The dashboard could show the number of installs per country.
Enable copy and paste between two windows of the app.
I suggest making the limit of 25 pictures configurable.
A dark theme for the help pages would be very welcome.
Bring back the old keyboard, or at least make it optional.
Support for right-to-left text in the list control please.
Developers should get a mail when a review is posted.
It makes sense to merge the two stores into one.
How about letting users vote on each other's ideas?
The window chrome should not be forced on every app.
Please change the default sort order to newest first.
I recommend bringing a light jacket because the lobby is cold.
Ask for a room on the quiet side of the courtyard.
Don't stay on the street side if you are a light sleeper.
Be sure to try the pancakes at the cafe next door.
If you have a car, park it at the station and walk.
Make sure you book the sauna a day in advance.
Take the number 4 bus instead of a taxi, it is faster.
I would suggest getting the pass for three days.
Avoid the rooms above the kitchen.
You should definitely see the view from the roof bar.
The hotel should really replace the old carpets.
A kettle in the room would have been nice.
Bring earplugs, the bells start at six.
My advice would be to skip the breakfast and eat in the market.
They could do with a few more chairs by the pool.
Request a high floor when you check in.
Do not forget to pack an adapter.
For a cheaper option look for guesthouses behind the church.
It would help if the staff told guests about the pool hours.
I'd advise you not to arrive before three.
"""
NO_SUGGESTIONS = """
The app closes each time I rotate the screen.
I have been using this product since the first beta.
How do I export my list to a spreadsheet?
The new version was published two days ago.
Our team ships three games a year on this platform.
I get error 404 when I upload the package.
Right now the list shows only ten entries.
Thanks for listening to us and fixing this so quickly.
I don't understand why my submission was rejected.
Microphones work fine in the desktop version.
The documentation says the limit is 200 characters.
This has been an issue since last spring.
We waited four weeks for an answer from the team.
When I click on the tile nothing happens.
Other platforms have had this for years.
It is impossible to get a refund for a wrong purchase.
I am developing a game with two other students.
The tutorial was easy to follow.
My app has had 4,000 downloads so far.
Has anybody else seen this on a surface tablet?
Competing stores take a smaller share of each sale.
The previous design was much cleaner.
I voted for this idea last month.
Is there any news on this?
The phone gets hot while the map is open.
We had a lovely stay and the staff were very friendly.
The room was small but clean and the bed was comfortable.
Breakfast had a good choice of fruit and bread.
I would stay here again without a second thought.
The hotel is five minutes on foot from the metro.
Our room faced the courtyard and was very quiet.
The reception upgraded us to a suite for free.
There was a strange smell in the corridor on the second night.
The pool was closed for the whole week.
I can only recommend this hotel to everyone.
Parking cost us 25 euros a night.
The concierge booked us a table at a wonderful restaurant.
We arrived late and were greeted with a glass of wine.
The air conditioning was loud and kept us awake.
The bar has a great view over the harbour.
Check in took almost an hour.
My wife and I spent our anniversary here.
The taxi from the airport took half an hour.
The location could not be better.
Wifi was free and fast everywhere in the building.
Rooms are on the expensive side, even for this city.
The waiter made sure our glasses were never empty.
We took the train from the city centre.
The bathroom had been renovated recently.
Everything we needed was within walking distance.
"""


def sentences(listed: str) -> list[str]:
    return listed.strip().splitlines()
